import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { parseWebhookKeys, signWebhook } from "../../runtime/upstream/sign_webhook.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = `whsec_${new Uint8Array(32).fill(7).toBase64()}`;

Deno.test("signWebhook() signs as the reference implementations of Standard Webhooks do", () => {
  const at = 1_614_265_330;
  const headers = signWebhook('{"test": 2432232314}', {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    at,
    keys: parseWebhookKeys(SECRET)!,
  });
  assert.deepEqual(headers, {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

Deno.test("signWebhook() signs with both keys of a rotation, and a receiver with either verifies it", () => {
  const at = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ text: "ünï 😀" });
  for (const between of [" ", ",", ", "]) {
    const headers = signWebhook(body, { id: "01J.webhook", at, keys: parseWebhookKeys(SECRET + between + OTHER)! });
    for (const secret of [SECRET, OTHER]) new Webhook(secret).verify(body, headers);
    const stranger = `whsec_${new Uint8Array(32).fill(8).toBase64()}`;
    assert.throws(() => new Webhook(stranger).verify(body, headers));
    assert.throws(() => new Webhook(SECRET).verify(body + " ", headers));
  }
});

Deno.test("parseWebhookKeys() takes one or two keys of 24-64 bytes", () => {
  const key = (bytes: number) => `whsec_${new Uint8Array(bytes).toBase64()}`;
  for (const text of [key(24), key(64), `${key(24)},${key(32)}`]) assert.notEqual(parseWebhookKeys(text), null, text);
  for (
    const text of ["", "secret", key(23), key(65), `${key(24)} ${key(24)} ${key(24)}`, `${key(24)},x`, "whsec_%%%"]
  ) {
    assert.equal(parseWebhookKeys(text), null, text);
  }
});
