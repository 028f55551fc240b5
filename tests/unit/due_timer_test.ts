import assert from "node:assert/strict";
import { createDueTimer } from "../../runtime/mailbox/due_timer.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A timer whose wakes are written down; each answers the next of `nexts`. */
function watched({ nexts = [] as (number | null | Error)[], now = 0 } = {}) {
  const clock = new FakeClock(now);
  const wakes: number[] = [];
  const timer = createDueTimer(clock, () => {
    wakes.push(clock.now());
    const next = nexts.shift() ?? null;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  return { clock, timer, wakes };
}

async function advance(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms);
  for (let hop = 0; hop < 5; hop++) await Promise.resolve();
}

Deno.test("DueTimer.expect() wakes at the earliest of what it was told, and once", async () => {
  const { clock, timer, wakes } = watched();
  timer.expect(500);
  timer.expect(300);
  timer.expect(400);
  await advance(clock, 299);
  assert.deepEqual(wakes, []);
  await advance(clock, 1_000);
  assert.deepEqual(wakes, [300]);
  timer.stop();
});

Deno.test("DueTimer.expect() wakes at once for what is overdue", async () => {
  const { clock, timer, wakes } = watched({ now: 1_000 });
  timer.expect(10);
  await advance(clock, 0);
  assert.deepEqual(wakes, [1_000]);
  timer.stop();
});

Deno.test("createDueTimer() goes on with the instant that the wake answers", async () => {
  const { clock, timer, wakes } = watched({ nexts: [700] });
  timer.expect(300);
  await advance(clock, 300);
  await advance(clock, 400);
  assert.deepEqual(wakes, [300, 700]);
  timer.stop();
});

Deno.test("createDueTimer() keeps what it is told while a wake is under way", async () => {
  const clock = new FakeClock();
  const answers: ((next: number | null) => void)[] = [];
  const timer = createDueTimer(clock, () => new Promise((resolve) => void answers.push(resolve)));
  timer.expect(100);
  await advance(clock, 100);
  timer.expect(150);
  await advance(clock, 100);
  assert.equal(answers.length, 1, "never two wakes at a time");
  answers[0]!(900);
  await advance(clock, 0);
  await advance(clock, 0);
  assert.equal(answers.length, 2, "what came due meanwhile is seen to at once");
  timer.stop();
  answers[1]!(null);
});

Deno.test("createDueTimer() tries again a second after a wake that failed", async () => {
  const { clock, timer, wakes } = watched({ nexts: [new Error("no")] });
  timer.expect(100);
  await advance(clock, 100);
  await advance(clock, 999);
  assert.deepEqual(wakes, [100]);
  await advance(clock, 1);
  assert.deepEqual(wakes, [100, 1_100]);
  timer.stop();
});

Deno.test("createDueTimer() looks at the clock once a minute, so that a step of the wall clock is seen", async () => {
  const { clock, timer, wakes } = watched();
  timer.expect(10_000_000);
  for (let minute = 0; minute < 3; minute++) await advance(clock, 60_000);
  assert.deepEqual([wakes, clock.armed], [[], 1]);
  timer.stop();
});

Deno.test("DueTimer.expect() sees that the clock was set past what was waited for already", async () => {
  const fake = new FakeClock();
  let aheadMs = 0;
  const clock = {
    now: () => fake.now() + aheadMs,
    monotonic: () => fake.monotonic(),
    after: (ms: number, fire: () => void) => fake.after(ms, fire),
  };
  let wakes = 0;
  const timer = createDueTimer(clock, () => {
    wakes++;
    return Promise.resolve(null);
  });
  timer.expect(10_000_000);
  aheadMs = 10_000_001;
  timer.expect(clock.now());
  await advance(fake, 0);
  assert.equal(wakes, 1);
  timer.stop();
});

Deno.test("DueTimer.stop() leaves no timer, also when a wake is under way", async () => {
  const clock = new FakeClock();
  let answer: (next: number | null) => void = () => {};
  const timer = createDueTimer(clock, () => new Promise((resolve) => void (answer = resolve)));
  timer.expect(10);
  await advance(clock, 10);
  timer.stop();
  answer(20);
  await advance(clock, 0);
  assert.equal(clock.armed, 0);
});
