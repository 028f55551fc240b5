import assert from "node:assert/strict";
import { armed, commitSetup as setup, named, names, turns } from "../support/commit_setup.ts";

const OUTCOME = { urgency: "outcome" } as const;
const CLEARING = { urgency: "clearing" } as const;

Deno.test("commit() refuses appends while the store is short of room, and writes what ends or clears at once", async () => {
  const { store, committer, clock, health, rooms } = setup();
  const first = committer.commit(named("first"));
  const write = await store.next();
  const late = assert.rejects(committer.commit(named("late")), {
    code: "storage-unavailable",
    message: /disk is full/,
  });
  store.room = "short";
  write.commit();
  await Promise.all([first, late]);
  assert.deepEqual([health, rooms], [["unavailable"], ["short"]]);
  await armed(clock);
  const outcome = committer.commit(named("outcome"), OUTCOME);
  const next = await store.next();
  assert.deepEqual(names(next), ["outcome"], "it does not wait for the next try");
  next.commit();
  await outcome;
  await armed(clock);
  store.room = "tight";
  clock.advance(2_000);
  (await store.next()).commit();
  await committer.drain();
  assert.deepEqual([health, rooms], [["unavailable", "available"], ["short", "tight"]]);
});

Deno.test("commit() writes clearing before the outcomes that find no room, and those in ever smaller batches", async () => {
  const { store, committer, clock } = setup();
  const outcomes = ["a", "b", "c", "d", "e"].map((name) => committer.commit(named(name), OUTCOME));
  const whole = await store.next();
  store.room = "short";
  whole.fail("storage-unavailable");
  await armed(clock);
  const clearing = committer.commit(named("sweep"), CLEARING);
  const tried: string[] = [];
  for (let failing = 0; failing < 3; failing++) {
    clock.advance(2_000);
    const write = await store.next();
    tried.push(names(write).join(""));
    write.fail("storage-unavailable");
    await armed(clock);
  }
  assert.deepEqual(tried, ["sweepab", "sweepa", "sweep"]);
  clock.advance(2_000);
  const alone = await store.next();
  assert.deepEqual(names(alone), ["sweep"]);
  alone.commit();
  await clearing;
  const written: string[] = [];
  for (let left = 5; left > 0;) {
    const write = await store.next();
    written.push(names(write).join(""));
    left -= write.batch.length;
    if (left === 0) store.room = "ample";
    write.commit();
  }
  await Promise.all(outcomes);
  await committer.drain();
  assert.deepEqual(written, ["ab", "cde"], "in order, and more at once as it succeeds");
});

Deno.test("commit() keeps the same batch when it is not room that is wanting", async () => {
  const { store, committer, clock } = setup();
  const outcomes = ["a", "b", "c"].map((name) => committer.commit(named(name), OUTCOME));
  (await store.next()).fail("storage-unavailable");
  await armed(clock);
  clock.advance(50);
  const again = await store.next();
  assert.deepEqual(names(again), ["a", "b", "c"]);
  again.commit();
  await Promise.all(outcomes);
});

Deno.test("close() rejects what was kept while the store was short of room", async () => {
  const { store, committer, clock } = setup();
  const outcome = committer.commit(named("outcome"), OUTCOME);
  store.room = "short";
  (await store.next()).fail("storage-unavailable");
  await armed(clock);
  committer.close();
  await assert.rejects(outcome, { code: "stopping" });
  await committer.drain();
  await turns(10);
  assert.deepEqual([clock.armed, store.pending], [0, 0]);
});
