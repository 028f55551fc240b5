import assert from "node:assert/strict";
import { fromEnv } from "../../runtime/actor/setting.ts";
import { defineUpstream, type RateLimit, type UpstreamAuth } from "../../runtime/actor/upstream.ts";
import { knownUpstream, type ResolvedUpstream, resolveUpstream } from "../../runtime/upstream/resolved.ts";

const resolved = (auth: UpstreamAuth, env: Record<string, string> = {}) =>
  resolveUpstream(defineUpstream({ name: "ups", baseUrl: "https://a.example", auth }), env);
const SECRET = fromEnv("UPS_SECRET");

Deno.test("defineUpstream() takes no rate that no limit could keep", () => {
  const baseUrl = "https://scans.example/";
  const rate = (rateLimit: RateLimit) => defineUpstream({ name: "scan-api", baseUrl, rateLimit }).rateLimit;
  const [bucket, window] = ["token-bucket", "sliding-window"] as const;
  for (const [kind, limit, windowMs] of [[window, 0, 1_000], [window, 1_001, 1_000], [bucket, 1.5, 9e9]] as const) {
    assert.throws(() => rate({ kind, limit, windowMs }), /The rate of the upstream scan-api/);
  }
  assert.throws(() => rate({ kind: bucket, limit: 1, windowMs: NaN }), TypeError);
  assert.deepEqual(rate({ kind: window, limit: 2, windowMs: 3_600_000 })?.limit, 2);
  assert.equal(rate({ kind: bucket, limit: 5_000, windowMs: 60_000 })?.limit, 5_000);
});

Deno.test("S1-18 resolveUpstream() takes a base URL from the environment, or the one that holds without it", () => {
  const upstream = defineUpstream({
    name: "scan-api",
    baseUrl: fromEnv("SCAN", "http://localhost/v1/scans/scanevents"),
  });
  assert.equal(resolveUpstream(upstream, {}).baseUrl, "http://localhost/v1/scans/scanevents");
  assert.equal(resolveUpstream(upstream, { SCAN: "" }).baseUrl, "http://localhost/v1/scans/scanevents");
  assert.equal(resolveUpstream(upstream, { SCAN: "https://b.example/v2" }).baseUrl, "https://b.example/v2");
  for (const SCAN of ["b.example/v2", "ftp://b.example", "https://ann:hush@b.example"]) {
    assert.throws(() => resolveUpstream(upstream, { SCAN }), (error: Error) => {
      assert.match(error.message, /scan-api needs an absolute http or https base URL/);
      assert.doesNotMatch(error.message, /hush/);
      return true;
    });
  }
});

Deno.test("resolveUpstream() makes of each scheme of auth the header that shows it", () => {
  const env = { UPS_SECRET: "hüsh" };
  assert.deepEqual(resolved({ scheme: "bearer", token: SECRET }, { UPS_SECRET: "abc" }).headers, {
    authorization: "Bearer abc",
  });
  // As in RFC 7617, section 2.1.
  assert.deepEqual(resolved({ scheme: "basic", user: "test", password: "123\u00a3" }).headers, {
    authorization: "Basic dGVzdDoxMjPCow==",
  });
  assert.deepEqual(resolved({ scheme: "header", name: "X-Api-Key", value: SECRET }, env).headers, {
    "x-api-key": "hüsh",
  });
});

Deno.test("resolveUpstream() refuses what no header may hold, and does not show it", () => {
  const bad: [UpstreamAuth, string][] = [
    [{ scheme: "bearer", token: SECRET }, "hush\n"],
    [{ scheme: "header", name: "x-key", value: SECRET }, "hush\r\nx-other: 1"],
    [{ scheme: "header", name: "x-key", value: SECRET }, "hush\u20ac"],
    [{ scheme: "header", name: "Host", value: SECRET }, "hush"],
    [{ scheme: "header", name: "x key", value: SECRET }, "hush"],
  ];
  for (const [auth, UPS_SECRET] of bad) {
    assert.throws(() => resolved(auth, { UPS_SECRET }), (error: Error) => {
      assert.match(error.message, /^The auth of the upstream ups cannot be sent/);
      assert.doesNotMatch(error.message, /hush/);
      return error instanceof TypeError;
    });
  }
});

Deno.test("an upstream that lacks a variable is not called, and the error names it", () => {
  const upstream = resolveUpstream(
    defineUpstream({
      name: "ups",
      baseUrl: fromEnv("UPS_URL"),
      auth: { scheme: "basic", user: fromEnv("UPS_USER"), password: SECRET },
    }),
    { UPS_USER: "hush" },
  );
  const byName = new Map<string, ResolvedUpstream>([["ups", upstream]]);
  assert.throws(() => knownUpstream(byName, "ups"), {
    code: "invalid-config",
    retryable: false,
    message: "ups cannot be called: set UPS_URL, UPS_SECRET",
  });
  assert.throws(() => knownUpstream(byName, "other"), { code: "not-permitted" });
});

Deno.test("defineUpstream() takes no auth where users say the base URL", () => {
  const auth = { scheme: "bearer", token: SECRET } as const;
  assert.throws(() => defineUpstream({ name: "ups", baseUrl: null, auth }), /its auth would be shown/);
});
