import assert from "node:assert/strict";
import { createTail, type Tail } from "../../runtime/events/tail.ts";
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

function show(tail: Tail, pushed: readonly StoredEvent[]): void {
  tail.push(pushed);
  tail.show();
}

const numbers = (page: readonly StoredEvent[] | undefined) => page?.map(({ number }) => number);

Deno.test("Tail.after() answers what follows the cursor, up to where pages end for everybody", () => {
  const tail = createTail();
  show(tail, events(11, 600));
  assert.deepEqual(numbers(tail.after(608)), [609, 610]);
  assert.deepEqual(numbers(tail.after(10)), numbers(events(11, 246)));
  assert.deepEqual(numbers(tail.after(255)), [256]);
  assert.deepEqual(numbers(tail.after(256)), numbers(events(257, 256)));
  assert.deepEqual(numbers(tail.after(512)), numbers(events(513, 98)));
  assert.deepEqual(tail.after(610), []);
  assert.deepEqual(tail.after(999), []);
});

Deno.test("Tail.after() answers less of heavy events, but always one (P16)", () => {
  const tail = createTail();
  show(tail, [...events(1, 9, "x".repeat(20_000)), ...events(10, 2, "x".repeat(100_000))]);
  assert.deepEqual(numbers(tail.after(0)), [1, 2, 3, 4]);
  assert.deepEqual(numbers(tail.after(9)), [10]);
});

Deno.test("Tail.after() says when it does not reach back", () => {
  const tail = createTail();
  assert.equal(tail.after(0), undefined);
  show(tail, events(11, 5));
  assert.equal(tail.after(9), undefined);
});

Deno.test("Tail.after() keeps to itself what was pushed until that is shown", () => {
  const tail = createTail();
  show(tail, events(1, 2));
  const { version } = tail;
  tail.push(events(3, 2));
  assert.deepEqual(numbers(tail.after(1)), [2]);
  assert.deepEqual(tail.after(2), []);
  assert.equal(tail.version, version);
  tail.show();
  assert.deepEqual(numbers(tail.after(1)), [2, 3, 4]);
  assert.ok(tail.version > version);
});

Deno.test("Tail.after() answers the same array to all at one place, and a new one when more is shown", () => {
  const tail = createTail();
  show(tail, events(1, 5));
  const page = tail.after(2);
  assert.equal(tail.after(2), page);
  assert.notEqual(tail.after(1), page);
  show(tail, events(6, 1));
  assert.deepEqual(numbers(page), [3, 4, 5]);
  assert.deepEqual(numbers(tail.after(2)), [3, 4, 5, 6]);
});

Deno.test("Tail.push() starts anew after a hole, so that what it answers is dense", () => {
  const tail = createTail();
  show(tail, events(1, 3));
  show(tail, events(9, 2));
  assert.equal(tail.after(2), undefined);
  assert.deepEqual(numbers(tail.after(8)), [9, 10]);
});

Deno.test("Tail.push() keeps a bounded number and weight of events (P16)", () => {
  const [many, heavy] = [createTail(), createTail()];
  for (let first = 1; first < 20_000; first += 100) show(many, events(first, 100));
  assert.equal(many.after(20_000 - 1_000)![0]!.number, 19_001);
  assert.equal(many.after(20_000 - 2_100), undefined);
  for (let number = 1; number <= 100; number++) show(heavy, events(number, 1, "x".repeat(64 * 1024)));
  assert.equal(heavy.after(60), undefined);
  assert.ok(heavy.after(90)!.length === 1);
});
