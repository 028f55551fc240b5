import assert from "node:assert/strict";
import { order } from "../../actors/order/order.ts";
import { orderSweep } from "../../actors/order/order_sweep.ts";
import type { Unanswered, UnansweredPage } from "../../actors/order/queries.ts";
import type { SweepState } from "../../actors/order/sweep_messages.ts";
import { createRegistry, testActor } from "../../runtime/authoring.ts";
import { builtInsOf } from "../../runtime/schedule/built_in.ts";

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const START: SweepState = { after: null, last: null };
/** As many as one sweep looks at. */
const MOST = 10_000;

const orderOf = (createdAt: number, requestId: string, tenant = "test"): Unanswered => ({
  ...{ tenant, requestId, createdAt },
  id: `id-${requestId}`,
});

/** By the sweep's own clock, with these orders in the table. */
async function sweeping(orders: readonly Unanswered[], state = START) {
  const sorted = orders.toSorted((one, other) => one.createdAt - other.createdAt);
  const unanswered = ({ from, after, limit }: UnansweredPage) =>
    sorted.filter(({ createdAt }) => createdAt >= from && createdAt > (after?.createdAt ?? -1)).slice(0, limit);
  const turn = await testActor(orderSweep).given(state).at(NOW).knowing(createRegistry([order, orderSweep]))
    .answering({ unanswered, endings: () => ({ ended: 4, failed: 1 }) }).when("sweep", {});
  return { turn, sent: turn.sends.map(({ payload }) => (payload as { requestId: string }).requestId) };
}

Deno.test("a sweep sends OrderCreated again to each order of the last 24 hours, one by one (S3-24, S3-25, S3-27, S3-29)", async () => {
  const orders = [orderOf(NOW - HOUR_MS, "b"), orderOf(NOW - 23 * HOUR_MS, "a"), orderOf(NOW - 25 * HOUR_MS, "old")];
  const { turn } = await sweeping(orders);
  assert.deepEqual(
    turn.sends,
    ["a", "b"].map((requestId) => ({
      ...{ tenant: "test", kind: "order", key: requestId, name: "orderCreated" },
      payload: { requestId },
      options: { dedupeKey: `id-${requestId}` },
    })),
  );
});

Deno.test("a sweep looks at all orders when there are none of the last 24 hours (S3-26)", async () => {
  const { turn, sent } = await sweeping([orderOf(NOW - 25 * HOUR_MS, "old"), orderOf(1, "older")]);
  assert.deepEqual(sent, ["older", "old"]);
  assert.equal(turn.state.last?.looked, "all");
});

Deno.test("an order that cannot be sent to is told of and stops none of the others (S3-28)", async () => {
  const { turn, sent } = await sweeping([
    orderOf(NOW - 3, "a"),
    orderOf(NOW - 2, "no key"),
    orderOf(NOW - 1, "b"),
  ]);
  assert.deepEqual(sent, ["a", "b"]);
  assert.deepEqual([turn.end, turn.state.last?.found, turn.state.last?.sent, turn.state.last?.refused], [
    ...["done", 3, 2, 1],
  ]);
  const [line] = turn.lines.filter(({ level }) => level === "error");
  assert.equal(line?.message, "order test/no key not sent again");
});

Deno.test("a sweep says what it found, how long it took and how orders end (S3-30, S3-36, S3-39, S3-40, S3-41)", async () => {
  const { turn } = await sweeping([orderOf(NOW - 1, "a")]);
  const report = {
    ...{ at: NOW, durationMs: 0, looked: "recent", found: 1, sent: 1, refused: 0, hasMore: false },
    ...{ ended: 4, failed: 1 },
  };
  assert.deepEqual(turn.state.last, report);
  assert.deepEqual(turn.events, [{ type: "order.swept", subject: "order-sweep/one", data: report }]);
  assert.deepEqual(turn.lines.map(({ level, message, fields }) => ({ level, message, fields })), [
    { level: "info", message: "orders swept", fields: report },
  ]);
  const quiet = await sweeping([]);
  assert.deepEqual([quiet.turn.events, quiet.turn.state.last?.found], [[], 0]);
});

Deno.test("a sweep goes in bounded batches, and the next one goes on where there are more (S3-29, S3-51)", async () => {
  const orders = Array.from({ length: MOST + 700 }, (_, index) => orderOf(NOW - 20_000 + index, `r-${index}`));
  const first = await sweeping(orders);
  assert.deepEqual([first.sent.length, first.turn.commitPoints, first.turn.state.last?.hasMore], [MOST, 19, true]);
  const second = await sweeping(orders, first.turn.state);
  assert.deepEqual([second.sent.length, second.sent[0], second.turn.state.after], [700, `r-${MOST}`, null]);
  // What was behind its cursor is answered by now: it begins anew in the same sweep.
  const third = await sweeping(orders.slice(0, 5), first.turn.state);
  assert.equal(third.sent.length, 5);
});

Deno.test("a sweep sends to each order once, also where its last batch is a full one (S3-27)", async () => {
  const orders = Array.from({ length: 1_000 }, (_, index) => orderOf(NOW - 20_000 + index, `r-${index}`));
  const { turn, sent } = await sweeping(orders);
  assert.deepEqual([sent.length, turn.state.last?.found, turn.state.last?.hasMore], [1_000, 1_000, false]);
});

Deno.test("the sweep comes every minute unless the environment says another interval, and where orders are fulfilled (S3-23, S3-48)", () => {
  const everyMs = (env: Record<string, string>) => {
    const timing = builtInsOf([orderSweep], NOW, env).get("order-sweep")?.timing;
    return timing !== undefined && "everyMs" in timing ? timing.everyMs : null;
  };
  const env = { ORDERS_BASE_URL: "http://127.0.0.1:9400" };
  assert.equal(everyMs(env), 60_000);
  assert.equal(everyMs({ ...env, ORDERS_SWEEP_MS: "5000" }), 5_000);
  assert.equal(everyMs({}), null);
});
