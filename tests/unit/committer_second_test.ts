import assert from "node:assert/strict";
import { Committer } from "../../runtime/store/committer.ts";
import { armed, commitSetup, named, names, sized, turns } from "../support/commit_setup.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ManualStore } from "../support/manual_store.ts";

const OUTCOME = { urgency: "outcome" } as const;
/** Two entries are worth a batch behind another, and so are 2,000 bytes. */
const BOUNDS = { maxEntries: 8, maxBytes: 8_000 };

const offer = (committer: Committer, ...all: string[]) => all.map((name) => committer.commit(named(name), OUTCOME));

/** A committer with two batches in the store's hands: an outcome and an append in each. */
async function withTwo() {
  const parts = commitSetup(BOUNDS);
  const { store, committer } = parts;
  const commitBoth = (name: string) => [
    committer.commit(named(`${name} outcome`), OUTCOME),
    committer.commit(named(`${name} append`)),
  ];
  const results = commitBoth("first");
  const first = await store.next();
  results.push(...commitBoth("second"));
  const second = await store.next();
  assert.deepEqual([names(first), names(second)].map(String), [
    "first outcome,first append",
    "second outcome,second append",
  ]);
  return { ...parts, results, first, second };
}

Deno.test("commit() begins a batch behind the one under way as soon as a quarter of one waits, and no third", async () => {
  const { store, committer } = commitSetup(BOUNDS);
  const results = offer(committer, "a");
  const first = await store.next();
  results.push(...offer(committer, "b"));
  assert.equal(store.pending, 0, "of small batches there would only be more");
  results.push(...offer(committer, "c"));
  const second = await store.next();
  assert.deepEqual(names(second), ["b", "c"]);
  results.push(...offer(committer, "d", "e", "f"));
  assert.equal(store.pending, 0);
  first.commit();
  const third = await store.next();
  assert.deepEqual(names(third), ["d", "e", "f"]);
  second.commit();
  third.commit();
  await Promise.all(results);
});

for (const { has, least } of [{ has: 1, least: 16 }, { has: 20, least: 20 }]) {
  Deno.test(`commit() begins a batch behind one that has ${has} as soon as ${least} wait`, async () => {
    const { store, committer } = commitSetup();
    const many = (count: number) => offer(committer, ...Array.from({ length: count }, (_, index) => `${index}`));
    const results = many(has);
    const first = await store.next();
    assert.equal(first.batch.length, has);
    results.push(...many(least - 1));
    assert.equal(store.pending, 0);
    results.push(...many(1));
    const second = await store.next();
    assert.equal(second.batch.length, least);
    first.commit();
    second.commit();
    await Promise.all(results);
  });
}

Deno.test("commit() begins a batch behind another for a quarter of the bytes too", async () => {
  const { store, committer } = commitSetup(BOUNDS);
  const results: Promise<unknown>[] = offer(committer, "a");
  for (let round = 0; round < 3; round++) {
    const before = await store.next();
    results.push(committer.commit(sized("large", { bytes: 2_000 }), OUTCOME));
    assert.equal(store.pending, 1);
    before.commit();
    await turns(10);
    results.push(...offer(committer, "b"));
    assert.equal(store.pending, 1, "what the store has counts no more");
    (await store.next()).commit();
  }
  (await store.next()).commit();
  await Promise.all(results);
});

Deno.test("commit() keeps the outcomes of both batches in order and rejects both's appends when the first fails", async () => {
  const { store, clock, health, results: [outcome, append, laterOutcome, laterAppend], first } = await withTwo();
  first.fail("storage-unavailable");
  for (const rejected of [append, laterAppend]) await assert.rejects(rejected!, { code: "storage-unavailable" });
  await armed(clock);
  clock.advance(50);
  const again = await store.next();
  assert.deepEqual(names(again), ["first outcome", "second outcome"]);
  again.commit();
  await Promise.all([outcome, laterOutcome]);
  assert.deepEqual(health, ["unavailable", "available"]);
});

Deno.test("commit() settles the first batch and keeps the outcomes of the second when only that fails", async () => {
  const { store, clock, results: [outcome, append, laterOutcome, laterAppend], first, second } = await withTwo();
  first.commit();
  await Promise.all([outcome, append]);
  second.fail("storage-unavailable");
  await assert.rejects(laterAppend!, { code: "storage-unavailable" });
  await armed(clock);
  clock.advance(50);
  const again = await store.next();
  assert.deepEqual(names(again), ["second outcome"]);
  again.commit();
  await laterOutcome;
});

Deno.test("commit() begins no second batch until the storage is well and what was kept is written", async () => {
  const { store, committer, clock } = commitSetup(BOUNDS);
  const results = offer(committer, ..."abcdefgh");
  const first = await store.next();
  results.push(...offer(committer, "i", "j", "k"));
  first.fail("storage-unavailable");
  await armed(clock);
  clock.advance(50);
  const again = await store.next();
  assert.equal(names(again).join(""), "abcdefgh", "no more than a batch holds");
  results.push(...offer(committer, "t"));
  await turns(10);
  assert.equal(store.pending, 0);
  again.commit();
  const [rest, second] = [await store.next(), await store.next()];
  assert.deepEqual([names(rest), names(second)].map((batch) => batch.join("")), ["ij", "kt"]);
  rest.commit();
  second.commit();
  await Promise.all(results);
});

Deno.test("commit() begins no second batch while there is not ample room", async () => {
  const { store, committer } = commitSetup(BOUNDS);
  const results = offer(committer, "a");
  const first = await store.next();
  store.room = "tight";
  results.push(...offer(committer, "b", "c"));
  assert.equal(store.pending, 0);
  first.commit();
  const next = await store.next();
  results.push(...offer(committer, "d", "e"));
  await turns(10);
  assert.equal(store.pending, 0);
  next.commit();
  (await store.next()).commit();
  await Promise.all(results);
});

Deno.test("commit() begins no second batch in a store that takes one at a time", async () => {
  const store = new ManualStore();
  const committer = new Committer({ write: (batch) => store.write(batch) }, { clock: new FakeClock(), ...BOUNDS });
  const results = offer(committer, "a");
  const first = await store.next();
  results.push(...offer(committer, "b", "c"));
  await turns(10);
  assert.equal(store.pending, 0);
  first.commit();
  (await store.next()).commit();
  await Promise.all(results);
});

Deno.test("commit() tells how long a batch took from when the one before it was done", async () => {
  const told: number[] = [];
  const { store, committer, clock } = commitSetup({ ...BOUNDS, onBatch: ({ durationMs }) => told.push(durationMs) });
  const results = offer(committer, "a");
  const first = await store.next();
  results.push(...offer(committer, "b", "c"));
  clock.advance(10);
  first.commit();
  await results[0];
  clock.advance(7);
  (await store.next()).commit();
  await Promise.all(results);
  assert.deepEqual(told, [10, 7]);
});

for (const code of ["fenced", "storage-corrupt"] as const) {
  Deno.test(`commit() rejects both batches and tells it once when the store is ${code}`, async () => {
    const { committer, fatal, results, first } = await withTwo();
    first.fail(code);
    for (const rejected of results) await assert.rejects(rejected, { code });
    await committer.drain();
    assert.deepEqual(fatal, [code]);
  });
}

Deno.test("drain() waits for both batches, and close() leaves both to the store", async () => {
  const { committer, results, first, second } = await withTwo();
  let drained = false;
  const draining = committer.drain().then(() => drained = true);
  committer.close();
  first.commit();
  await Promise.all(results.slice(0, 2));
  await turns(10);
  assert.ok(!drained);
  second.commit();
  await Promise.all([draining, ...results]);
});

Deno.test("close() rejects the outcomes of both batches when the first fails", async () => {
  const { committer, clock, results: [outcome, append, laterOutcome, laterAppend], first } = await withTwo();
  committer.close();
  first.fail("storage-unavailable");
  for (const rejected of [append, laterAppend]) await assert.rejects(rejected!, { code: "storage-unavailable" });
  for (const rejected of [outcome, laterOutcome]) await assert.rejects(rejected!, { code: "stopping" });
  await committer.drain();
  assert.equal(clock.armed, 0);
});
