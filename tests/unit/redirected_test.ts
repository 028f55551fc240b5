import assert from "node:assert/strict";
import { redirected } from "../../runtime/upstream/redirected.ts";

const SECRETS = [
  "authorization",
  "cookie",
  "x-api-key",
  "x-auth-token",
  "webhook-id",
  "webhook-timestamp",
  "webhook-signature",
];

function post(headers: Record<string, string>) {
  return { url: new URL("https://a.example/x"), method: "POST", headers, body: new TextEncoder().encode("b") };
}

Deno.test("redirected() takes credentials and signatures to the same origin only", () => {
  const headers = Object.fromEntries([...SECRETS, "accept"].map((name) => [name, "v"]));
  const kept = (location: string) => Object.keys(redirected(post(headers), 307, location)!.headers);
  assert.deepEqual(kept("/y"), [...SECRETS, "accept"]);
  assert.deepEqual(kept("https://a.example:443/y"), [...SECRETS, "accept"]);
  for (const location of ["https://b.example/", "http://a.example/", "https://a.example:8443/", "//b.example/x"]) {
    assert.deepEqual(kept(location), ["accept"], location);
  }
});

Deno.test("redirected() drops what describes a body together with the body", () => {
  const next = redirected(post({ "content-type": "text/plain", "content-language": "de", accept: "x" }), 303, "/y")!;
  assert.deepEqual([next.method, next.body, next.headers], ["GET", null, { accept: "x" }]);
});

Deno.test("redirected() sees a redirect only in its statuses, with a location that can be read", () => {
  for (const status of [200, 300, 304, 305, 306, 404]) assert.equal(redirected(post({}), status, "/y"), null);
  assert.equal(redirected(post({}), 302, undefined), null);
  assert.equal(redirected(post({}), 302, "http://[bad"), null);
});
