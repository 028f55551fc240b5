import assert from "node:assert/strict";
import { checkFetchCall, FETCH_LIMITS, toFetchCall } from "../../runtime/actor/fetch_call.ts";

const INVALID = { code: "invalid-message", retryable: false };
const TOO_LARGE = { code: "too-large", retryable: false };
const post = (body: string) => toFetchCall("ups", "/x", { method: "POST", body });
const withHeader = (name: string, value = "v") => toFetchCall("ups", "/x", { headers: { [name]: value } });

Deno.test("toFetchCall() writes method and headers in one way", () => {
  assert.deepEqual(toFetchCall("ups", "/x", { method: "post", headers: { "X-One": "1" }, body: "b", timeoutMs: 5 }), {
    baseUrl: null,
    idempotent: false,
    expects: "anything",
    upstream: "ups",
    url: "/x",
    method: "POST",
    headers: { "x-one": "1" },
    body: "b",
    timeoutMs: 5,
    redirect: "follow",
    webhookId: null,
  });
});

Deno.test("toFetchCall() refuses methods that are no plain request, and bodies where none belong", () => {
  for (const method of ["CONNECT", "TRACE", "OPTIONS", "GET\r\nx: y", "", "GETT"]) {
    assert.throws(() => toFetchCall("ups", "/x", { method }), INVALID, method);
  }
  assert.throws(() => toFetchCall("ups", "/x", { body: "" }), INVALID);
  assert.throws(() => toFetchCall("ups", "/x", { timeoutMs: 0 }), INVALID);
  assert.throws(() => toFetchCall("ups", "/x", { timeoutMs: NaN }), INVALID);
});

for (
  const name of [
    "Host",
    "content-length",
    "Connection",
    "transfer-encoding",
    "TE",
    "Upgrade",
    "Keep-Alive",
    "expect",
    "trailer",
  ]
    .concat(["proxy-authorization", "Proxy-Connection", "accept-encoding", "x y", "", "x:y", "x\n", "tä"])
) {
  Deno.test(`toFetchCall() refuses the header ${JSON.stringify(name)}`, () => {
    assert.throws(() => withHeader(name), INVALID);
  });
}

Deno.test("toFetchCall() refuses values that could end their line", () => {
  for (const value of ["a\r\nx: y", "a\nb", "a\rb", "a\0b", "\u2028", "😀"]) {
    assert.throws(() => withHeader("x", value), INVALID, JSON.stringify(value));
  }
  for (const value of ["", "a\tb", "Ünï", 'a, b; c="d"']) assert.equal(withHeader("x", value).headers.x, value);
});

Deno.test("toFetchCall() keeps address, body and headers within bounds, counted in UTF-8", () => {
  assert.throws(() => toFetchCall("ups", "/".repeat(FETCH_LIMITS.urlChars + 1)), TOO_LARGE);
  assert.equal(post("x".repeat(FETCH_LIMITS.bodyBytes)).body?.length, FETCH_LIMITS.bodyBytes);
  assert.throws(() => post("x".repeat(FETCH_LIMITS.bodyBytes + 1)), TOO_LARGE);
  assert.throws(() => post("ä".repeat(FETCH_LIMITS.bodyBytes / 2 + 1)), TOO_LARGE);
  assert.throws(() => withHeader("x", "v".repeat(FETCH_LIMITS.headerChars)), TOO_LARGE);
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`x-${index}`, "v"]));
  assert.throws(() => toFetchCall("ups", "/x", { headers: many }), TOO_LARGE);
});

Deno.test("toFetchCall() leaves the headers of a signature to the signature, and signs no call to an upstream", () => {
  const signed = { method: "POST", body: "{}", webhookId: "01J.webhook" };
  assert.equal(toFetchCall(null, "https://a.example/", signed).webhookId, "01J.webhook");
  assert.throws(() => toFetchCall(null, "https://a.example/", { ...signed, headers: { "Webhook-Id": "x" } }), INVALID);
  assert.throws(() => toFetchCall(null, "https://a.example/", { ...signed, webhookId: "a\nb" }), INVALID);
  assert.throws(() => checkFetchCall({ ...toFetchCall("ups", "/x"), webhookId: "x" }), INVALID);
});
