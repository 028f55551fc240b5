import assert from "node:assert/strict";
import { type Asked, SharedAnswers } from "../../routes/middleware/shared_answers.ts";
import { FakeClock } from "../support/fake_clock.ts";

const ANSWER = { status: 200, text: "x".repeat(49), headers: {} };

function setup({ maxAnswers = 100, maxBytes = 10_000 } = {}) {
  const clock = new FakeClock();
  const answers = new SharedAnswers({ clock, maxAnswers, maxBytes, maxAnswerBytes: 200 });
  const begin = (key: string, more: Partial<Asked> = {}) =>
    answers.begin({ tenant: "acme", key, target: null, windowMs: 1_000, ...more }, Promise.resolve(ANSWER));
  return { clock, answers, begin, keep: (key: string) => answers.keep(begin(key), ANSWER) };
}

Deno.test("SharedAnswers lets those go first that were asked for least recently (S4-35)", () => {
  const { answers, keep } = setup({ maxAnswers: 3 });
  for (const key of ["a", "b", "c"]) keep(key);
  answers.find("a");
  keep("d");
  assert.deepEqual(["a", "b", "c", "d"].map((key) => answers.find(key) !== undefined), [true, false, true, true]);
});

Deno.test("SharedAnswers keeps no more bytes than it may, and forgets those of what is gone (S4-35)", () => {
  const { answers, begin, keep, clock } = setup({ maxBytes: 250 });
  keep("a");
  keep("b");
  assert.equal(answers.bytes, 200);
  keep("c");
  assert.deepEqual([answers.bytes, answers.find("a")], [200, undefined]);
  answers.committed("acme");
  assert.deepEqual([answers.bytes, answers.size], [0, 0]);
  const large = begin("large");
  answers.keep(large, { ...ANSWER, text: "x".repeat(96) });
  assert.deepEqual([answers.bytes, answers.size], [0, 0]);
  keep("d");
  clock.advance(1_000);
  assert.deepEqual([answers.find("d"), answers.bytes], [undefined, 0]);
});

Deno.test("SharedAnswers keeps nothing that a commit has ended while it was made (S4-33)", () => {
  const { answers, begin } = setup();
  const shared = begin("a");
  answers.committed("acme");
  const next = begin("a");
  answers.keep(shared, ANSWER);
  assert.equal(answers.bytes, 0);
  assert.equal(answers.find("a"), next);
});

Deno.test("SharedAnswers keeps nothing whose window was over when it was made; one of 0 ms is for those at once", () => {
  const { answers, begin, clock } = setup();
  const shared = begin("a", { windowMs: 0 });
  clock.advance(10);
  assert.equal(answers.find("a"), shared);
  answers.keep(shared, ANSWER);
  assert.equal(answers.find("a"), undefined);
});
