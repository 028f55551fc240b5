import assert from "node:assert/strict";
import { createRounds, type Rounds } from "../../runtime/events/rounds.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setup(): { clock: FakeClock; rounds: Rounds<string>; told: string[] } {
  const clock = new FakeClock();
  const told: string[] = [];
  const rounds = createRounds<string>({ clock, begin: () => told.push("round"), wake: (waiter) => told.push(waiter) });
  return { clock, rounds, told };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `reader ${index}`);
const microtasks = () => Promise.resolve();

Deno.test("Rounds.news() tells all who wait at once, of all news of that moment together", async () => {
  const { clock, rounds, told } = setup();
  for (const name of ["one", "other"]) rounds.wait(name);
  rounds.news();
  rounds.news();
  assert.deepEqual(told, []);
  await microtasks();
  assert.deepEqual(told, ["round", "one", "other"]);
  rounds.news();
  await microtasks();
  assert.deepEqual(told, ["round", "one", "other", "round"], "who was told does not wait any more");
  assert.equal(clock.armed, 0);
});

Deno.test("Rounds.wait() of one who was just told is for the next round", async () => {
  const told: string[] = [];
  const rounds: Rounds<string> = createRounds<string>({
    clock: new FakeClock(),
    begin: () => {},
    wake(waiter) {
      told.push(waiter);
      rounds.wait(waiter);
    },
  });
  rounds.wait("again");
  rounds.news();
  await microtasks();
  assert.deepEqual(told, ["again"]);
});

Deno.test("Rounds.news() is told of in fewer rounds the more wait and the more there is", async () => {
  const roundsOf = async (waiters: number) => {
    const { clock, rounds, told } = setup();
    for (let ms = 0; ms < 1_000; ms++) {
      for (const name of names(waiters)) rounds.wait(name);
      for (let commit = 0; commit < 4; commit++) {
        rounds.news();
        await microtasks();
      }
      clock.advance(1);
    }
    return told.filter((what) => what === "round").length;
  };
  const [few, many] = [await roundsOf(1), await roundsOf(1_000)];
  assert.ok(few >= 1_000 && few <= 1_051, `${few}`);
  assert.ok(many >= 25 && many <= 28, `${many}`);
});

Deno.test("Rounds.news() that comes while a round is being paid is told of when that is, without more news", async () => {
  const { clock, rounds, told } = setup();
  for (let round = 0; round < 2; round++) {
    for (const name of names(2_000)) rounds.wait(name);
    rounds.news();
    await microtasks();
    for (let slice = 0; slice < 20; slice++) clock.advance(0);
  }
  assert.equal(told.filter((what) => what === "round").length, 1);
  clock.advance(29);
  assert.equal(told.filter((what) => what === "round").length, 1);
  clock.advance(1);
  assert.equal(told.filter((what) => what === "round").length, 2);
  for (let slice = 0; slice < 20; slice++) clock.advance(0);
  assert.equal(told.length, 2 + 2 * 2_000);
  assert.equal(clock.armed, 0);
});

Deno.test("Rounds.news() lets other work through while many are told, and starts no second round meanwhile", async () => {
  const { clock, rounds, told } = setup();
  for (const name of names(300)) rounds.wait(name);
  rounds.news();
  await microtasks();
  assert.equal(told.length, 1 + 128);
  rounds.wait("late");
  rounds.news();
  await microtasks();
  assert.equal(told.length, 1 + 128);
  rounds.leave("reader 200");
  clock.advance(0);
  clock.advance(0);
  await microtasks();
  assert.deepEqual(told.slice(-2), ["round", "late"]);
  assert.equal(told.length, 1 + 299 + 2);
  assert.ok(!told.includes("reader 200"));
});

Deno.test("Rounds.close() tells all, those of a round under way too, and leaves no timer", async () => {
  const { clock, rounds, told } = setup();
  for (const name of names(200)) rounds.wait(name);
  rounds.news();
  await microtasks();
  rounds.wait("late");
  rounds.close();
  assert.deepEqual(new Set(told), new Set(["round", ...names(200), "late"]));
  assert.equal(told.length, 202);
  assert.equal(clock.armed, 0);
});

Deno.test("Rounds.close() by the one who is being told is the end, though there is news", async () => {
  const clock = new FakeClock();
  let begun = 0;
  const rounds: Rounds<string> = createRounds<string>({
    clock,
    begin: () => void begun++,
    wake() {
      rounds.news();
      rounds.close();
    },
  });
  rounds.wait("only");
  rounds.news();
  await microtasks();
  rounds.news();
  await microtasks();
  assert.deepEqual([begun, clock.armed], [1, 0]);
});
