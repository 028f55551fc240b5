import assert from "node:assert/strict";
import { defineUpstream, type UpstreamDeclaration } from "../../../runtime/actor/upstream.ts";
import type { FetchCall, Fetched } from "../../../runtime/actor/outcome.ts";
import { resolveUpstream } from "../../../runtime/upstream/resolved.ts";
import type { OpenBroker } from "../../support/broker_rig.ts";
import { make } from "../../support/fetch_call.ts";
import { openOutside } from "../../support/outside.ts";

const FAILED = { code: "upstream-failed", retryable: true };
const REFUSED = { code: "address-refused", retryable: false };
const MIB = 1024 * 1024;

/** What holds for calls of an upstream that is declared without a base URL, below one that a user gave. */
export function givenBaseContract(place: string, open: OpenBroker): void {
  const test = (does: string, run: () => Promise<void>) =>
    Deno.test(`a broker of user-addresses ${place}, for an upstream without a base URL, ${does}`, run);

  /** A caller below `baseUrl`, or below what a call says. */
  function caller(baseUrl: string, declared: Partial<UpstreamDeclaration> = {}, allowed = ["127.0.0.0/8"]) {
    const upstreams = [resolveUpstream(defineUpstream({ name: "source", baseUrl: null, ...declared }), {})];
    const rig = open({ reach: "user-addresses", upstreams, allowed, webhookKeys: [] });
    return {
      call: (path: string, call: Partial<FetchCall> = {}): Promise<Fetched> =>
        make(rig.broker, path, { upstream: "source", baseUrl, ...call }),
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  }

  test("stays below the base", async () => {
    await using outside = openOutside();
    await using source = caller(`${outside.url}/v1/scans`);
    assert.equal(
      JSON.parse((await source.call("?FromEventId=1&Limit=2")).text).path,
      "/v1/scans?FromEventId=1&Limit=2",
    );
    assert.equal(JSON.parse((await source.call("/x")).text).path, "/v1/scans/x");
    for (const path of ["/../admin", "/%2e%2e/admin", "//evil.example/", "https://evil.example/", "\\\\evil.example"]) {
      await assert.rejects(source.call(path), { code: "invalid-message", retryable: false }, path);
    }
    assert.equal(outside.seen.length, 2);
  });

  test("follows redirects below the base only", async () => {
    await using other = openOutside();
    const to = (location: string) => () => new Response(null, { status: 307, headers: { location } });
    await using outside = openOutside({
      "/v1/inside": to("/v1/echo"),
      "/v1/up": to("/admin"),
      "/v1/climb": to("/v1/%2e%2e/admin"),
      "/v1/away": to(`${other.url}/v1/echo`),
      "/v1/private": to("http://10.0.0.1/v1/echo"),
    });
    await using source = caller(`${outside.url}/v1`);
    assert.equal(JSON.parse((await source.call("/inside")).text).path, "/v1/echo");
    const message = `${outside.url} redirects to where its base URL does not reach`;
    for (const path of ["/up", "/climb", "/away"]) {
      await assert.rejects(source.call(path), { ...FAILED, message }, path);
    }
    await assert.rejects(source.call("/private"), REFUSED);
    assert.deepEqual(other.seen, []);
    assert.deepEqual(outside.seen.filter(({ path }) => path === "/admin"), []);
  });

  test("reaches no network that is not public, unless it is allowed", async () => {
    await using outside = openOutside();
    await using source = caller(outside.url, {}, []);
    const bases = [outside.url, `http://localhost:${outside.port}`, `http://[::ffff:127.0.0.1]:${outside.port}`].concat(
      [
        "http://10.0.0.1/v1",
        "http://169.254.169.254/latest",
        "http://user:word@example.com/v1",
        "ftp://example.com/v1",
      ],
    );
    for (const baseUrl of bases) await assert.rejects(source.call("/echo", { baseUrl }), REFUSED, baseUrl);
    await assert.rejects(source.call("/echo", { baseUrl: "/v1" }), { code: "invalid-message", message: /whole URL/ });
    assert.deepEqual(outside.seen, []);
  });

  test("takes an answer of 16 MiB if it may be so large, and none that is larger", async () => {
    const events = `{"a":"b"}`.repeat(Math.ceil(16 * MIB / 9)).slice(0, 16 * MIB);
    await using outside = openOutside({
      "/most": () => new Response(events),
      "/more": () => new Response(`${events}.`),
    });
    await using source = caller(outside.url, { answerBytes: 16 * MIB });
    assert.ok((await source.call("/most")).text === events);
    await assert.rejects(source.call("/more"), { ...FAILED, message: /larger than 16777216 bytes/ });
    await using small = caller(outside.url, { answerBytes: 8 });
    await assert.rejects(small.call("/echo"), { ...FAILED, message: /larger than 8 bytes/ });
  });

  test("gives up when its time is over", async () => {
    await using outside = openOutside();
    await using source = caller(outside.url, { timeoutMs: 300 });
    await assert.rejects(source.call("/silent"), { ...FAILED, message: /within 300 ms/ });
    await outside.untilLetGo(1);
  });

  test("calls none that was not declared", async () => {
    await using outside = openOutside();
    await using source = caller(outside.url);
    await assert.rejects(source.call("/echo", { upstream: "other" }), { code: "not-permitted" });
    assert.deepEqual(outside.seen, []);
  });
}
