import assert from "node:assert/strict";
import type { LiveNote } from "../../runtime/actor/outcome.ts";
import { LiveNotes } from "../../runtime/host/live_notes.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup() {
  const clock = new FakeClock();
  const emitted: LiveNote[] = [];
  const notes = new LiveNotes(clock, (note) => emitted.push(note));
  const progress = (done: number) => notes.add({ turn: 1, progress: { done } });
  const log = (fields: Record<string, unknown>) =>
    notes.add({ turn: 1, line: { at: 0, level: "info", message: "line", fields } });
  const told = () => emitted.map((note) => "progress" in note ? note.progress.done : note.line.fields);
  return { clock, notes, progress, log, told };
}

Deno.test("LiveNotes tells progress at most four times a second, the newest winning", () => {
  const { clock, progress, told } = setup();
  for (let done = 0; done < 10; done++) progress(done);
  assert.deepEqual(told(), [0]);
  clock.advance(250);
  assert.deepEqual(told(), [0, 9]);
  progress(10);
  assert.deepEqual(told(), [0, 9]);
  clock.advance(250);
  assert.deepEqual(told(), [0, 9, 10]);
});

Deno.test("LiveNotes.flush() tells what was held back and leaves no timer", () => {
  const { clock, notes, progress, told } = setup();
  progress(1);
  progress(2);
  notes.flush();
  notes.flush();
  assert.deepEqual([told(), clock.armed], [[1, 2], 0]);
});

Deno.test("LiveNotes keeps 200 lines and makes their fields plain", () => {
  const { log, told } = setup();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  log({ shout: () => "loud", count: 1 });
  log(cycle);
  log({ long: "x".repeat(10_000) });
  for (let line = 0; line < 500; line++) log({});
  assert.equal(told().length, 200);
  assert.deepEqual(told().slice(0, 2), [{ count: 1 }, { cut: "fields that cannot be written as JSON" }]);
  assert.equal((told()[2] as { cut: string }).cut.length, 4_000);
});
