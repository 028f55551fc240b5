import assert from "node:assert/strict";
import { callerOf, type OpenBroker } from "../../support/broker_rig.ts";
import { make } from "../../support/fetch_call.ts";
import { openOutside } from "../../support/outside.ts";

/** What keeps calls to an upstream within it. */
export function upstreamContract(place: string, open: OpenBroker): void {
  const test = (does: string, run: () => Promise<void>) => Deno.test(`a broker of upstreams ${place} ${does}`, run);

  test("stays below its base URL", async () => {
    await using outside = openOutside();
    await using caller = callerOf(open, "upstreams", `${outside.url}/v1`);
    assert.equal(JSON.parse((await caller.call("/tracks?x=1")).text).path, "/v1/tracks?x=1");
    for (const path of ["/../admin", "/%2e%2e/admin", "//evil.example/", "https://evil.example/", "\\\\evil.example"]) {
      await assert.rejects(caller.call(path), { code: "invalid-message", retryable: false }, path);
    }
    assert.equal(outside.seen.length, 1);
  });

  test("follows redirects below its base URL only", async () => {
    await using other = openOutside();
    const to = (location: string) => () => new Response(null, { status: 307, headers: { location } });
    await using outside = openOutside({
      "/v1/inside": to("/v1/echo"),
      "/v1/up": to("/admin"),
      "/v1/climb": to("/v1/%2e%2e/admin"),
      "/v1/encoded": to("/v1/..%2fadmin"),
      "/v1/away": to(`${other.url}/v1/echo`),
      "/v1/sibling": to("/v10/echo"),
    });
    await using caller = callerOf(open, "upstreams", `${outside.url}/v1`);
    assert.equal(JSON.parse((await caller.call("/inside")).text).path, "/v1/echo");
    for (const path of ["/up", "/climb", "/encoded", "/away", "/sibling"]) {
      await assert.rejects(caller.call(path), {
        code: "upstream-failed",
        message: "outside redirects to where its base URL does not reach",
      }, path);
    }
    assert.deepEqual(other.seen, []);
    assert.deepEqual(outside.seen.filter(({ path }) => /admin|v10/.test(path)), []);
  });

  test("calls no upstream that was not declared", async () => {
    await using rig = open({ reach: "upstreams", upstreams: [] });
    await assert.rejects(make(rig.broker, "/x", { upstream: "outside" }), { code: "not-permitted" });
  });
}
