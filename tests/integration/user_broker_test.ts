import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { systemClock } from "../../runtime/core/clock.ts";
import { cidr } from "../../runtime/upstream/cidr.ts";
import type { Broker } from "../../runtime/upstream/egress.ts";
import { parseWebhookKeys } from "../../runtime/upstream/sign_webhook.ts";
import { createUserBroker } from "../../runtime/upstream/user_broker.ts";
import { make } from "../support/fetch_call.ts";
import { openOutside } from "../support/outside.ts";

const REFUSED = { code: "address-refused", retryable: false };
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** A broker whose resolver gives these answers, one after the other, the last one for ever. */
function brokerWith(...answers: readonly (readonly string[])[]): Broker & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve = (name: string) => Promise.resolve(answers[Math.min(asked.push(name), answers.length) - 1]!);
  const broker = createUserBroker({
    upstreams: [],
    allowed: [cidr("127.0.0.1")],
    webhookKeys: parseWebhookKeys(SECRET)!,
    clock: systemClock,
    resolve,
    pool: null,
  });
  return { ...broker, asked };
}

Deno.test("a name is called at the address that was judged, whatever it resolves to a moment later", async () => {
  await using outside = openOutside();
  const broker = brokerWith(["127.0.0.1"], ["127.0.0.2"]);
  const { text } = await make(broker, `http://rebind.example:${outside.port}/echo`);
  assert.equal(JSON.parse(text).headers.host, `rebind.example:${outside.port}`);
  assert.deepEqual(broker.asked, ["rebind.example"]);
});

Deno.test("a name that leads to a refused address at the second request is refused there", async () => {
  await using outside = openOutside();
  const broker = brokerWith(["127.0.0.1"], ["127.0.0.2"]);
  await assert.rejects(make(broker, `http://rebind.example:${outside.port}/redirect?to=/echo`), REFUSED);
  assert.deepEqual(outside.seen.map(({ path }) => path), ["/redirect?to=/echo"]);
});

Deno.test("a redirect to a name that leads to a refused address is refused", async () => {
  await using outside = openOutside();
  const broker = brokerWith(["127.0.0.1"], ["10.0.0.1"]);
  const url = `http://one.example:${outside.port}/redirect?to=${encodeURIComponent("http://intern.example/")}`;
  await assert.rejects(make(broker, url), { ...REFUSED, message: /^The name intern\.example leads to/ });
  assert.deepEqual(broker.asked, ["one.example", "intern.example"]);
});

Deno.test("a name is called at its next address when the first takes no connection", async () => {
  await using outside = openOutside();
  const resolve = () => Promise.resolve(["127.0.0.3", "127.0.0.1"]);
  const broker = createUserBroker({
    upstreams: [],
    allowed: [cidr("127.0.0.0/8")],
    webhookKeys: [],
    clock: systemClock,
    resolve,
    pool: null,
  });
  assert.equal((await make(broker, `http://two.example:${outside.port}/echo`)).status, 200);
});

Deno.test("a resolver that does not answer costs the call its time", async () => {
  const resolve = () => new Promise<never>(() => {});
  const broker = createUserBroker({
    upstreams: [],
    allowed: [],
    webhookKeys: [],
    clock: systemClock,
    resolve,
    pool: null,
  });
  await assert.rejects(make(broker, "http://slow.example/", { timeoutMs: 50 }), { code: "upstream-failed" });
});

Deno.test("a call is signed when it leaves, and the signature stays with the origin it was made for", async () => {
  await using first = openOutside();
  await using second = openOutside();
  const broker = brokerWith(["127.0.0.1"]);
  const call = { method: "POST", body: '{"a":1}', webhookId: "01J.webhook" };
  await make(broker, `${first.url}/redirect?status=307&to=${encodeURIComponent(`${second.url}/echo`)}`, call);
  const { headers, body } = first.seen[0]!;
  assert.deepEqual(new Webhook(SECRET).verify(body, Object.fromEntries(headers)), { a: 1 });
  assert.equal(headers.get("webhook-id"), "01J.webhook");
  assert.deepEqual([...second.seen[0]!.headers.keys()].filter((name) => name.startsWith("webhook-")), []);
});
