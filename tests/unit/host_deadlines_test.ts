import assert from "node:assert/strict";
import { Deadlines } from "../../runtime/host/deadlines.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup() {
  const clock = new FakeClock(1_000);
  const deadlines = new Deadlines(clock);
  const fired: string[] = [];
  const add = (name: string, delayMs: number) =>
    deadlines.add(delayMs, () => void fired.push(`${name} ${clock.now()}`));
  return { clock, deadlines, fired, add };
}

Deno.test("Deadlines calls each at its own instant with one timer, whatever their order", () => {
  const { clock, fired, add } = setup();
  for (const [name, delayMs] of [["b", 200], ["c", 300], ["a", 100], ["also c", 300]] as const) add(name, delayMs);
  assert.equal(clock.armed, 1);
  clock.advance(1_000);
  assert.deepEqual(fired, ["a 1100", "b 1200", "c 1300", "also c 1300"]);
  assert.equal(clock.armed, 0);
});

Deno.test("Deadlines does not call what was cancelled, and keeps no timer for nobody", () => {
  const { clock, fired, add } = setup();
  const [cancelFirst, cancelSecond] = [add("first", 100), add("second", 200)];
  cancelFirst();
  clock.advance(150);
  assert.equal(clock.armed, 1);
  cancelSecond();
  assert.equal(clock.armed, 0);
  add("third", 10);
  cancelSecond();
  clock.advance(500);
  assert.deepEqual(fired, ["third 1160"]);
});

Deno.test("Deadlines can be added and cancelled by one that is over", () => {
  const { clock, deadlines, fired, add } = setup();
  let cancelOther = () => {};
  deadlines.add(100, () => {
    cancelOther();
    add("next", 50);
  });
  cancelOther = add("other", 100);
  clock.advance(300);
  assert.deepEqual(fired, ["next 1150"]);
});
