import assert from "node:assert/strict";
import { createTail } from "../../runtime/events/tail.ts";
import type { StoredEvent } from "../../runtime/store/contract.ts";

function events(first: number, count: number, data = "{}"): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    number: first + index,
    type: "thing.happened",
    subject: "thing/one",
    at: 0,
    data,
  }));
}

const never = new AbortController().signal;

Deno.test("Tail.after() answers what follows the cursor, up to the limit", () => {
  const tail = createTail();
  tail.push(events(11, 5));
  assert.deepEqual(tail.after(12, 2)?.map(({ number }) => number), [13, 14]);
  assert.deepEqual(tail.after(10, 99)?.length, 5);
  assert.deepEqual(tail.after(15, 99), []);
});

Deno.test("Tail.after() says when it does not reach back", () => {
  const tail = createTail();
  assert.equal(tail.after(0, 1), undefined);
  tail.push(events(11, 5));
  assert.equal(tail.after(9, 1), undefined);
});

Deno.test("Tail.push() starts anew after a hole, so that what it answers is dense", () => {
  const tail = createTail();
  tail.push(events(1, 3));
  tail.push(events(9, 2));
  assert.equal(tail.after(2, 9), undefined);
  assert.deepEqual(tail.after(8, 9)?.map(({ number }) => number), [9, 10]);
});

Deno.test("Tail.push() keeps a bounded number and weight of events (P16)", () => {
  const [many, heavy] = [createTail(), createTail()];
  for (let first = 1; first < 20_000; first += 100) many.push(events(first, 100));
  assert.ok(many.after(20_000 - 1_000, 9_999)!.length >= 1_000);
  assert.equal(many.after(20_000 - 2_100, 9_999), undefined);
  for (let number = 1; number <= 100; number++) heavy.push(events(number, 1, "x".repeat(64 * 1024)));
  assert.equal(heavy.after(60, 99), undefined);
  assert.ok(heavy.after(90, 99)!.length === 10);
});

Deno.test("Tail.changed() waits for a push, but not for one that came since", async () => {
  const tail = createTail();
  const seen = tail.version;
  const waiting = tail.changed(seen, never);
  tail.push(events(1, 1));
  assert.equal(await waiting, "more");
  assert.equal(await tail.changed(seen, never), "more");
});

Deno.test("Tail.changed() ends with the signal, and for everybody with wakeAll()", async () => {
  const tail = createTail();
  const leaving = new AbortController();
  const [one, other] = [tail.changed(0, leaving.signal), tail.changed(0, never)];
  leaving.abort();
  assert.equal(await one, "ended");
  tail.wakeAll();
  assert.equal(await other, "ended");
  assert.equal(await tail.changed(0, never), "ended");
});
