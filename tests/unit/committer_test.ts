import assert from "node:assert/strict";
import { armed, commitSetup as setup, named, names, sized, turns } from "../support/commit_setup.ts";
import { committed } from "../support/store_entries.ts";

const OUTCOME = { urgency: "outcome" } as const;

Deno.test("commit() writes one entry at once when nothing is under way", async () => {
  const { store, committer } = setup();
  const result = committer.commit(named("a"));
  const write = await store.next();
  assert.deepEqual(names(write), ["a"]);
  write.commit();
  assert.equal(committed(await result).firstEvent, 1);
});

Deno.test("commit() resolves when its batch is committed, not before", async () => {
  const { store, committer } = setup();
  let acknowledged = false;
  const result = committer.commit(named("a")).then(() => acknowledged = true);
  const write = await store.next();
  await turns(10);
  assert.ok(!acknowledged);
  write.commit();
  await result;
});

Deno.test("commit() gathers what arrives during a batch into the next one, outcomes first", async () => {
  const { store, committer } = setup();
  const first = committer.commit(named("first"));
  const write = await store.next();
  const rest = [
    committer.commit(named("append")),
    committer.commit(named("outcome"), OUTCOME),
    committer.commit(named("outcome too"), OUTCOME),
  ];
  assert.deepEqual(committer.stats(), { batches: 0, entries: 0, queued: 3 });
  write.commit();
  await first;
  const next = await store.next();
  assert.deepEqual(names(next), ["outcome", "outcome too", "append"]);
  next.commit();
  const results = await Promise.all(rest);
  assert.deepEqual(results.map((result) => committed(result).firstEvent), [3, 1, 2]);
  assert.deepEqual(committer.stats(), { batches: 2, entries: 4, queued: 0 });
});

Deno.test("commit() hands the next batch to the store before it answers those of the last", async () => {
  const { store, committer } = setup();
  const pending = committer.commit(named("a")).then(() => store.pending);
  const write = await store.next();
  const next = committer.commit(named("b"));
  write.commit();
  assert.equal(await pending, 1);
  (await store.next()).commit();
  await next;
});

Deno.test("commit() settles a batch that was under way when the committer was closed by an answer", async () => {
  const { store, committer } = setup();
  const first = committer.commit(named("a")).then(() => committer.close());
  const write = await store.next();
  const next = committer.commit(named("b"));
  write.commit();
  await first;
  (await store.next()).commit();
  assert.equal(committed(await next).firstEvent, 1);
});

Deno.test("commit() takes one append of each tenant in turn, and goes on where the last batch stopped", async () => {
  const { store, committer } = setup({ maxEntries: 2 });
  const flood = ["a1", "a2", "a3", "a4"].map((name) => committer.commit(named(name, "acme")));
  const others = [committer.commit(named("b1", "bolt")), committer.commit(named("c1", "crab"))];
  const written: string[] = [];
  for (let batch = 0; batch < 3; batch++) {
    const write = await store.next();
    written.push(names(write).join());
    write.commit();
  }
  assert.deepEqual(written, ["a1,b1", "c1,a2", "a3,a4"]);
  await Promise.all([...flood, ...others]);
});

Deno.test("commit() bounds a batch by its bytes and writes a larger entry alone", async () => {
  const { store, committer } = setup({ maxBytes: 4_000 });
  const sizes = [1_000, 1_000, 9_000, 1_000];
  const results = sizes.map((bytes, index) => committer.commit(sized(`${index}`, { bytes }), OUTCOME));
  const written: string[] = [];
  for (let batch = 0; batch < 3; batch++) {
    const write = await store.next();
    written.push(names(write).join());
    write.commit();
  }
  assert.deepEqual(written, ["0,1", "2", "3"]);
  await Promise.all(results);
});

Deno.test("commit() refuses appends, never outcomes, when the queue is full", async () => {
  const { store, committer } = setup({ maxQueued: 2 });
  const first = committer.commit(named("first"));
  const write = await store.next();
  const waiting = [committer.commit(named("a")), committer.commit(named("b"))];
  await assert.rejects(committer.commit(named("c")), { code: "overloaded", retryable: true });
  waiting.push(committer.commit(named("d"), OUTCOME));
  write.commit();
  (await store.next()).commit();
  await Promise.all([first, ...waiting]);
});

Deno.test("commit() keeps outcomes and rejects appends when the storage is unavailable", async () => {
  const { store, committer, clock, health } = setup();
  const outcome = committer.commit(named("outcome"), OUTCOME);
  const inBatch = committer.commit(named("in the batch"));
  const write = await store.next();
  const waiting = committer.commit(named("waiting"));
  const later = committer.commit(named("later"), OUTCOME);
  write.fail("storage-unavailable");
  for (const rejected of [inBatch, waiting]) await assert.rejects(rejected, { code: "storage-unavailable" });
  await assert.rejects(committer.commit(named("new")), { code: "storage-unavailable", retryable: true });
  assert.deepEqual(health, ["unavailable"]);

  await armed(clock);
  clock.advance(50);
  const again = await store.next();
  assert.deepEqual(names(again), ["outcome"]);
  again.commit();
  await outcome;
  assert.deepEqual(health, ["unavailable", "available"]);
  const last = await store.next();
  assert.deepEqual(names(last), ["later"]);
  last.commit();
  await later;
});

Deno.test("commit() tries again after 50 ms, then twice as long each time up to 2 s", async () => {
  const { store, committer, clock } = setup();
  const outcome = committer.commit(named("outcome"), OUTCOME);
  (await store.next()).fail("storage-unavailable");
  for (const pauseMs of [50, 100, 200, 400, 800, 1_600, 2_000, 2_000]) {
    await armed(clock);
    clock.advance(pauseMs - 1);
    await turns(10);
    assert.equal(store.pending, 0);
    clock.advance(1);
    (await store.next()).fail("storage-unavailable");
  }
  await armed(clock);
  clock.advance(2_000);
  (await store.next()).commit();
  await outcome;
});

Deno.test("commit() asks with an empty batch whether the storage is back when no outcome waits", async () => {
  const { store, committer, clock, health } = setup();
  const rejected = assert.rejects(committer.commit(named("a")), { code: "storage-unavailable" });
  (await store.next()).fail("storage-unavailable");
  await rejected;
  await armed(clock);
  clock.advance(50);
  const probe = await store.next();
  assert.deepEqual(probe.batch, []);
  probe.commit();
  await committer.drain();
  assert.deepEqual(health, ["unavailable", "available"]);
  const accepted = committer.commit(named("b"));
  (await store.next()).commit();
  await accepted;
  assert.deepEqual(committer.stats(), { batches: 1, entries: 1, queued: 0 });
});

for (const code of ["fenced", "storage-corrupt"] as const) {
  Deno.test(`commit() rejects everything and tells it once when the store is ${code}`, async () => {
    const { store, committer, fatal } = setup();
    const inBatch = committer.commit(named("in the batch"), OUTCOME);
    const write = await store.next();
    const waiting = committer.commit(named("waiting"), OUTCOME);
    write.fail(code);
    for (const rejected of [inBatch, waiting]) await assert.rejects(rejected, { code });
    await assert.rejects(committer.commit(named("late")), { code });
    await committer.drain();
    assert.deepEqual(fatal, [code]);
    assert.equal(store.pending, 0);
  });
}

Deno.test("drain() waits for the batch under way and for all that waits behind it", async () => {
  const { store, committer } = setup({ maxEntries: 1 });
  await committer.drain();
  const results = ["a", "b"].map((name) => committer.commit(named(name)));
  let drained = false;
  const draining = committer.drain().then(() => drained = true);
  for (let batch = 0; batch < 2; batch++) {
    const write = await store.next();
    assert.ok(!drained);
    write.commit();
  }
  await draining;
  await Promise.all(results);
});

Deno.test("close() rejects what waits for the storage and leaves no timer", async () => {
  const { store, committer, clock } = setup();
  const outcome = committer.commit(named("outcome"), OUTCOME);
  (await store.next()).fail("storage-unavailable");
  await armed(clock);
  committer.close();
  await assert.rejects(outcome, { code: "stopping" });
  await committer.drain();
  assert.equal(clock.armed, 0);
});
