import assert from "node:assert/strict";
import { createDeadlines } from "../../routes/middleware/deadlines.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup() {
  const clock = new FakeClock();
  const expired: string[] = [];
  const deadlines = createDeadlines(clock, 100);
  return { clock, expired, set: (name: string) => deadlines.set(() => expired.push(name)) };
}

Deno.test("createDeadlines() expires each at its own time, on one timer", () => {
  const { clock, expired, set } = setup();
  set("first");
  clock.advance(40);
  set("second");
  assert.equal(clock.armed, 1);
  clock.advance(59);
  assert.deepEqual(expired, []);
  clock.advance(1);
  assert.deepEqual(expired, ["first"]);
  clock.advance(39);
  assert.deepEqual(expired, ["first"]);
  clock.advance(1);
  assert.deepEqual(expired, ["first", "second"]);
  assert.equal(clock.armed, 0);
});

Deno.test("createDeadlines() forgets one that was met, and the timer with the last", () => {
  const { clock, expired, set } = setup();
  const first = set("first");
  clock.advance(40);
  const second = set("second");
  first();
  first();
  clock.advance(70);
  assert.deepEqual(expired, []);
  second();
  assert.equal(clock.armed, 0);
  set("third");
  clock.advance(99);
  assert.deepEqual(expired, []);
  clock.advance(1);
  assert.deepEqual(expired, ["third"]);
});

Deno.test("createDeadlines() leaves its timer armed while it is held, and expires nobody too early or late by it", () => {
  const clock = new FakeClock();
  const expired: string[] = [];
  const deadlines = createDeadlines(clock, 100);
  const letGo = deadlines.hold();
  deadlines.set(() => expired.push("met"))();
  assert.equal(clock.armed, 1);
  clock.advance(60);
  const met = deadlines.set(() => expired.push("late"));
  assert.equal(clock.armed, 1);
  clock.advance(99);
  assert.deepEqual([expired, clock.armed], [[], 1]);
  clock.advance(1);
  assert.deepEqual([expired, clock.armed], [["late"], 0]);
  met();
  deadlines.set(() => expired.push("met"))();
  assert.equal(clock.armed, 1);
  letGo();
  assert.equal(clock.armed, 0);
});

Deno.test("createDeadlines() watches over one that is set while others expire", () => {
  const clock = new FakeClock();
  const expired: string[] = [];
  const deadlines = createDeadlines(clock, 100);
  const first = deadlines.set(() => {
    first();
    expired.push("first");
    deadlines.set(() => expired.push("second"));
  });
  clock.advance(100);
  assert.equal(clock.armed, 1);
  clock.advance(100);
  assert.deepEqual(expired, ["first", "second"]);
  assert.equal(clock.armed, 0);
});
