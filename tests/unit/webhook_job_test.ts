import assert from "node:assert/strict";
import { webhookJob } from "../../actors/webhook/webhook_job.ts";
import { type FetchCall, testActor } from "../../runtime/authoring.ts";
import type { TestedAnswer } from "../../runtime/actor/test_fetch.ts";

const PAYLOAD = { url: "https://hooks.example/in", body: { type: "order.paid", data: [1, "ü"] } };
const NOW = Date.parse("2026-11-22T08:00:00Z");

function answered(answer: TestedAnswer, attempt = 1) {
  return testActor(webhookJob).at(NOW).attempt(attempt).answeringFetch(() => answer).when("run", PAYLOAD);
}

Deno.test("webhook posts the body as JSON, to be signed as the same webhook in every attempt", async () => {
  const calls: FetchCall[] = [];
  const headers = { "x-one": "1" };
  for (const attempt of [1, 2]) {
    const turn = await testActor(webhookJob).attempt(attempt).answeringFetch((call) => {
      calls.push(call);
      return { status: 204 };
    }).when("run", { ...PAYLOAD, headers });
    assert.deepEqual(turn.result, { status: 204, attempts: attempt });
  }
  assert.deepEqual(calls[0], {
    upstream: null,
    url: PAYLOAD.url,
    baseUrl: null,
    idempotent: false,
    expects: "anything",
    method: "POST",
    headers: { "x-one": "1", "content-type": "application/json" },
    body: JSON.stringify(PAYLOAD.body),
    timeoutMs: 20_000,
    redirect: "manual",
    webhookId: "01TEST0000000000000000MSG1.webhook",
  });
  assert.deepEqual(calls[1], calls[0]);
});

Deno.test("webhook is delivered by a status of 200-299 only, and tries again after all others but 410", async () => {
  for (const status of [200, 201, 202, 204, 299]) assert.equal((await answered({ status })).end, "done", `${status}`);
  for (const status of [301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 502, 503, 504]) {
    const { error } = await answered({ status });
    assert.deepEqual([error?.retryable, error?.retryAfterMs], [true, undefined], `${status}`);
    assert.match(error!.message, new RegExp(`answered ${status}`));
  }
  const { error } = await answered({ status: 410 });
  assert.deepEqual([error?.retryable, error?.code], [false, "handler-failed"]);
});

Deno.test("webhook waits as long as Retry-After says", async () => {
  for (const status of [429, 503, 500]) {
    const { error } = await answered({ status, headers: { "retry-after": "120" } });
    assert.deepEqual([error?.retryable, error?.retryAfterMs], [true, 120_000]);
  }
});

Deno.test("webhook takes an address and headers that it can send, and no more", () => {
  const fits = (payload: object) => webhookJob.messages.run.safeParse({ ...PAYLOAD, ...payload }).success;
  for (const url of ["http://a.example", "https://a.example:8443/x?y=z", "http://127.0.0.1/"]) {
    assert.ok(fits({ url }), url);
  }
  const urls = ["", "a.example", "/x", "ftp://a.example/", "https://user@a.example/", "javascript:1", "https://"];
  for (const url of [...urls, `https://a.example/${"x".repeat(2_048)}`]) assert.ok(!fits({ url }), url);
  for (const body of [null, 1, "x", [], {}, { a: [{ b: null }] }]) assert.ok(fits({ body }));
  assert.ok(!fits({ body: undefined }));
  assert.ok(!fits({ more: 1 }));
  assert.ok(fits({ headers: { Authorization: "Bearer x", "X-Webhook": "y" } }));
  const names = [
    "webhook-id",
    "Webhook-Signature",
    "HOST",
    "Content-Length",
    "content-type",
    "connection",
    "x y",
    "",
    "x\r\n",
  ];
  for (const name of names) assert.ok(!fits({ headers: { [name]: "v" } }), name);
  for (const value of ["a\r\nb: c", "\0", "ü"]) assert.ok(!fits({ headers: { x: value } }), value);
  assert.ok(!fits({ headers: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, "v"])) }));
});
