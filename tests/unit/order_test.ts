import assert from "node:assert/strict";
import { order } from "../../actors/order/order.ts";
import type { OrderRow } from "../../actors/order/rows.ts";
import { openCardSimulator } from "../../actors/order/simulator/simulator.ts";
import { orderAt, orderCreated } from "../../actors/authoring.ts";
import { testActor, type TestedAnswer } from "../../runtime/authoring.ts";

const CODE = /PIN-|SECRET/;
const PENDING: OrderRow = {
  ...{ tenant: "test", requestId: "r-1", id: "01ORDER", print: "p", currency: "EUR", amount: 5_000 },
  products: JSON.stringify([{ productId: 7, quantity: 2, value: 2_500 }]),
  ...{ status: "pending", externalId: null, reason: null, createdBy: "ada", createdAt: 1 },
  ...{ submittedAt: null, endedAt: null },
};

/** A turn, and what the upstream was sent. */
async function fulfilling(row: Partial<OrderRow> | null, answer: TestedAnswer, attempt = 1) {
  const calls: { key: string; body: string }[] = [];
  const turn = await testActor(order).attempt(attempt).at(50)
    .answering({ order: () => row === null ? null : { ...PENDING, ...row } })
    .answeringFetch((call) => {
      calls.push({ key: call.headers?.["idempotency-key"] ?? "", body: call.body ?? "" });
      return answer;
    }).when("orderCreated", { requestId: "r-1" });
  return { turn, calls };
}

const placed = (more: object = {}) => JSON.stringify({ orderId: "card-9", status: "succeeded", ...more });

Deno.test("an order is submitted in a commit of its own before the upstream is asked, and then has its external id (S3-30)", async () => {
  const { turn, calls } = await fulfilling({}, { status: 200, body: placed() });
  assert.deepEqual(turn.rows.map(({ write, args }) => [write, args]), [
    ["submitted", { requestId: "r-1", at: 50 }],
    ["ended", { requestId: "r-1", status: "succeeded", externalId: "card-9", reason: null, at: 50 }],
  ]);
  assert.equal(turn.commitPoints, 1);
  assert.deepEqual(turn.events.map(({ type, subject }) => [type, subject]), [
    ["order.submitted", "order/r-1"],
    ["order.succeeded", "order/r-1"],
  ]);
  assert.deepEqual(calls, [{
    key: "01ORDER",
    body: JSON.stringify({
      requestId: "test/r-1",
      currency: "EUR",
      products: [{ productId: 7, quantity: 2, value: 2_500 }],
    }),
  }]);
});

Deno.test("an order asked for again bears the key of the order, not of the message, and the same body (S3-32)", async () => {
  const submitted = { status: "submitted", submittedAt: 9 } as const;
  const [first, again] = [
    await fulfilling({}, { status: 500 }),
    await fulfilling(submitted, { status: 200, body: placed() }, 3),
  ];
  assert.deepEqual(first.calls, again.calls);
  assert.deepEqual(again.turn.rows.map(({ write }) => write), ["ended"]);
  assert.deepEqual(again.turn.events.map(({ type }) => type), ["order.succeeded"]);
});

for (const row of [null, { endedAt: 3, status: "succeeded" }, { endedAt: 3, status: "failed" }] as const) {
  Deno.test(`OrderCreated of an order that is ${row?.status ?? "not there"} changes nothing (S3-32)`, async () => {
    const { turn, calls } = await fulfilling(row, { status: 200, body: placed() });
    assert.deepEqual([turn.end, calls.length, turn.rows.length, turn.events.length], ["done", 0, 0, 0]);
  });
}

Deno.test("an order has failed when the upstream says so, and not when the upstream itself has trouble (S3-44)", async () => {
  const failed = await fulfilling({}, { status: 200, body: placed({ status: "failed", reason: "Out of stock" }) });
  assert.deepEqual(failed.turn.rows.at(-1)!.args, {
    ...{ requestId: "r-1", status: "failed", externalId: "card-9", reason: "Out of stock", at: 50 },
  });
  const refused = await fulfilling({}, { status: 422, body: "SECRET" });
  assert.deepEqual(refused.turn.events.at(-1), {
    type: "order.failed",
    subject: "order/r-1",
    data: { requestId: "r-1", status: "failed", externalId: null, reason: "The card upstream answered 422" },
  });
  for (const status of [401, 403, 404, 408, 425, 429, 500, 503]) {
    const { turn } = await fulfilling({}, { status, body: "SECRET" });
    assert.deepEqual([turn.end, turn.error?.retryable], ["failed", true], `${status}`);
    assert.deepEqual(turn.events.map(({ type }) => type), ["order.submitted"], `${status}`);
  }
  const { turn } = await fulfilling({}, { status: 429, headers: { "retry-after": "7" } });
  assert.equal(turn.error?.retryAfterMs, 7_000);
});

Deno.test("what the upstream tells beside its decision is neither kept nor logged nor told (S3-53)", async () => {
  const answers = [
    { status: 200, body: placed({ cards: [{ code: "PIN-1234" }] }) },
    { status: 200, body: placed({ status: "failed", cards: "SECRET" }) },
    ...[400, 422, 429, 500].map((status) => ({ status, body: "SECRET PIN-1" })),
  ];
  for (const answer of answers) {
    const { turn } = await fulfilling({}, answer);
    assert.doesNotMatch(JSON.stringify([turn.rows, turn.events, turn.lines, turn.error, turn.result]), CODE);
    const lines = JSON.stringify(turn.lines);
    assert.match(lines, /r-1/);
    assert.match(lines, /status/);
  }
});

Deno.test("publisher and consumer share the contract OrderCreated, its type and the address it goes to (S3-33)", () => {
  assert.equal(order.messages.orderCreated, orderCreated);
  assert.deepEqual(orderAt("acme", "r-1"), order.at("acme", "r-1"));
  assert.deepEqual(orderCreated.parse({ requestId: "r-1" }), { requestId: "r-1" });
  for (const wrong of [{}, { requestId: 1 }, { requestId: "" }, { requestId: "r", more: 1 }]) {
    assert.equal(orderCreated.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

Deno.test("the simulated card upstream fulfils once for each key, whatever becomes of its answers", async () => {
  await using cards = await openCardSimulator({
    ...{ seed: 3, hangMs: 5 },
    faults: { lost: 300, truncated: 200, serverError: 200, hang: 100 },
  });
  const ask = async (key: string, requestId: string, productId = 7) => {
    const body = JSON.stringify({ requestId, products: [{ productId, quantity: 1 }] });
    const asked = { method: "POST", headers: { "idempotency-key": key }, body };
    const answer = await fetch(`${cards.url}/orders`, asked).catch(() => null);
    const text = await answer?.text().catch(() => "") ?? "";
    return { status: answer?.status, isWhole: text.endsWith("}") };
  };
  for (const key of ["a", "b", "c"]) {
    for (let isWhole = false; !isWhole;) ({ isWhole } = await ask(key, `acme/${key}`));
  }
  assert.deepEqual([...cards.ledger.keys()].sort(), ["a", "b", "c"]);
  assert.ok([...cards.ledger.values()].some(({ calls }) => calls > 1));
  cards.setFaults({});
  assert.equal((await ask("a", "acme/other")).status, 422);
  assert.equal(cards.misuses, 1);
});
