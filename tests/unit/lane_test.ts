import assert from "node:assert/strict";
import { Lane, windowFor } from "../../runtime/mailbox/lane.ts";
import { message } from "../support/messages.ts";

const NAME = { tenant: "acme", kind: "job" };
const NOT_BUSY = () => false;
const WINDOW = { runs: 1_024, bytes: 1024 * 1024 };

Deno.test("Lane.take() answers by priority, then by readiness, then by place", () => {
  const lane = new Lane(NAME, "complete", WINDOW);
  lane.offer([message({ key: "late", seq: 3, readyAt: 20 })]);
  lane.offer([message({ key: "urgent", seq: 4, priority: 5, readyAt: 30 })]);
  lane.offer([message({ key: "second", seq: 2, readyAt: 10 })]);
  lane.offer([message({ key: "first", seq: 1, readyAt: 10 })]);
  const keys = [lane.take(), lane.take(), lane.take(), lane.take()].map((waiting) => waiting?.run[0]?.key);
  assert.deepEqual(keys, ["urgent", "first", "second", "late"]);
  assert.equal(lane.take(), undefined);
});

Deno.test("Lane.offer() ignores an actor that waits already", () => {
  const lane = new Lane(NAME, "complete", WINDOW);
  lane.offer([message({ key: "same" })]);
  lane.offer([message({ key: "same" })]);
  assert.equal(lane.length, 1);
});

Deno.test("Lane.offer() turns partial when it is full, and asks for as many as fit when it has drained", () => {
  const lane = new Lane(NAME, "complete", WINDOW);
  for (let seq = 1; seq <= 1_100; seq++) lane.offer([message({ key: `k${seq}`, seq })]);
  assert.equal(lane.length, 1_024);
  assert.equal(lane.wanted, 0);
  while (lane.length > 256) lane.take();
  assert.equal(lane.wanted, 1_024 - 256);
});

Deno.test("Lane.wanted is no more than the main thread reads in a few ms, however large the window is", () => {
  assert.equal(new Lane(NAME, "partial", windowFor(1)).wanted, 1_024);
});

Deno.test("Lane.offer() lets an urgent run in when it is full, and forgets the last one", () => {
  const lane = new Lane(NAME, "complete", WINDOW);
  for (let seq = 1; seq <= 1_024; seq++) lane.offer([message({ key: `k${seq}`, seq })]);
  lane.offer([message({ key: "urgent", seq: 999, priority: 1 })]);
  assert.equal(lane.length, 1_024);
  assert.equal(lane.take()?.run[0]?.key, "urgent");
});

Deno.test("Lane.endRefill() leaves out what was handled while the store was being read", () => {
  const lane = new Lane(NAME, "partial", WINDOW);
  const handled = message({ key: "handled", seq: 1 });
  const waiting = message({ key: "waiting", seq: 2 });
  const atHost = message({ key: "at-host", seq: 3 });
  lane.beginRefill();
  lane.gone(handled.id);
  lane.endRefill([handled, waiting, atHost], { asked: 1_024, isBusy: (address) => address.endsWith("at-host") });
  assert.deepEqual([lane.take()?.run[0]?.key, lane.take()], ["waiting", undefined]);
  assert.equal(lane.idle, true);
});

Deno.test("Lane.beginRefill() asks from the first head that was left out, or for all when one may have been missed", () => {
  const lane = new Lane(NAME, "complete", WINDOW);
  for (let seq = 1; seq <= 1_100; seq++) lane.offer([message({ key: `k${seq}`, seq })]);
  lane.offer([message({ key: "urgent", seq: 1_101, priority: 1 })]);
  while (lane.length > 256) lane.take();
  lane.busy = 10;
  assert.equal(lane.wanted, 1_024 - 256);
  assert.equal(lane.beginRefill()?.seq, 1_024);
  lane.failRefill();
  assert.equal(lane.wanted, 1_034);
  assert.equal(lane.beginRefill(), null);
  lane.endRefill([message({ key: "last", seq: 2_000 })], { asked: 1, isBusy: NOT_BUSY });
  assert.equal(lane.beginRefill()?.seq, 2_000);
  lane.endRefill([message({ key: "last too", seq: 2_001 })], { asked: 1, isBusy: NOT_BUSY });
  lane.expectMore();
  assert.equal(lane.beginRefill(), null);
});

Deno.test("Lane.endRefill() stays partial when what was dropped meanwhile did not fit", () => {
  const lane = new Lane(NAME, "partial", WINDOW);
  lane.beginRefill();
  for (let seq = 1; seq <= 1_100; seq++) lane.offer([message({ key: `k${seq}`, seq })]);
  lane.endRefill([], { asked: 1_024, isBusy: NOT_BUSY });
  while (lane.take() !== undefined);
  assert.equal(lane.idle, false);
  assert.equal(lane.wanted, 1_024);
});

Deno.test("windowFor() makes windows smaller as tenants grow in number, so that all of them together stay bounded", () => {
  assert.deepEqual(windowFor(1), { runs: 8_192, bytes: 16 * 1024 * 1024 });
  assert.deepEqual(windowFor(64), { runs: 256, bytes: 512 * 1024 });
  assert.deepEqual(windowFor(1_000_000), { runs: 16, bytes: 16 * 1024 });
});
