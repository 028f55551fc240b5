import assert from "node:assert/strict";
import { createFailures } from "../../routes/limits/failures.ts";
import { Refusal } from "../../routes/problem.ts";
import { FakeClock } from "../support/fake_clock.ts";

const slowed = (retryAfter: string) => (thrown: unknown) => {
  assert.ok(thrown instanceof Refusal);
  assert.deepEqual([thrown.status, thrown.headers["Retry-After"]], [429, retryAfter]);
  return true;
};

Deno.test("createFailures() slows an address after twenty in a minute, whatever keys it named", () => {
  const clock = new FakeClock();
  const failures = createFailures(clock);
  for (let count = 0; count < 20; count++) {
    failures.mustBeFew("a", `key-${count}`);
    failures.note("a", `key-${count}`);
  }
  assert.throws(() => failures.mustBeFew("a"), slowed("3"));
  assert.throws(() => failures.mustBeFew("a", "another"), slowed("3"));
  failures.mustBeFew("b", "key-1");
  clock.advance(2_999);
  assert.throws(() => failures.mustBeFew("a"), slowed("1"));
  clock.advance(1);
  failures.mustBeFew("a");
});

Deno.test("createFailures() slows a key that is guessed at from many addresses, and no other", () => {
  const failures = createFailures(new FakeClock());
  for (let count = 0; count < 20; count++) failures.note(`10.0.0.${count}`, "mr-1");
  assert.throws(() => failures.mustBeFew("10.9.9.9", "mr-1"), slowed("3"));
  failures.mustBeFew("10.9.9.9", "mr-2");
  failures.mustBeFew("10.9.9.9");
});

Deno.test("createFailures() knows 10,000 addresses: of more, those not seen for longest go first", () => {
  const failures = createFailures(new FakeClock());
  const guess = (address: string, times: number) => {
    for (let count = 0; count < times; count++) failures.note(address);
  };
  guess("early", 20);
  guess("late", 20);
  for (let count = 0; count < 9_999; count++) failures.note(`${count}`);
  failures.mustBeFew("early");
  assert.throws(() => failures.mustBeFew("late"), slowed("3"));
});
