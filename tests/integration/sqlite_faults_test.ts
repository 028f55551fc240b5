import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Committer } from "../../runtime/store/committer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { DEATH_CHANNEL, startDyingWriter } from "../support/dying_writer.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";
import {
  append,
  appended,
  commit,
  entry,
  event,
  NOON,
  noteRow,
  readyIds,
  remove,
  writing,
} from "../support/store_entries.ts";

const FULL = writing(noteRow("diskFull", {}));
const FREED = writing(noteRow("diskFreed", {}));
const large = (id: string) =>
  entry({ writes: [append({ id, key: id, payload: JSON.stringify("x".repeat(200_000)) })] });

Deno.test("write() keeps nothing of a batch when the disk is full, and works again when it is not", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await appended(store, { id: "before" });
  await store.write([FULL]);
  const batch = [entry({ events: [event("job.a")], writes: [append({ key: "small" })] }), large("large")];
  await assert.rejects(store.write(batch), { code: "storage-unavailable", retryable: true, message: /disk is full/ });
  assert.deepEqual(await readyIds(store.read), ["before"]);
  assert.equal((await store.read.logMark("acme")).last, 0);

  await store.write([FREED]);
  const results = await store.write(batch);
  assert.deepEqual(results.map(({ status }) => status), ["committed", "committed"]);
  assert.equal((await store.read.logMark("acme")).last, 1);
});

Deno.test("writeNext() writes nothing when the batch before it failed, or one that it waited for", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await store.write([FULL]);
  const small = (id: string) => [writing(append({ id, key: id }))];
  const answers = [store.write([large("large")]), store.writeNext!(small("a")), store.writeNext!(small("b"))];
  for (const answer of answers) {
    await assert.rejects(answer, { code: "storage-unavailable", retryable: true, message: /disk is full/ });
  }
  // What failed is known here, but the caller may not have come to it yet.
  await assert.rejects(store.writeNext!(small("c")), { code: "storage-unavailable" });
  assert.deepEqual(await readyIds(store.read), []);
  await Promise.all([store.write(small("d")), store.writeNext!(small("e"))]);
  assert.deepEqual(await readyIds(store.read), ["d", "e"]);
});

Deno.test("commit() writes a finished outcome when the disk has room again, and once", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  const handled = await appended(store, { id: "handled" });
  await store.write([FULL]);
  const clock = new FakeClock(NOON);
  const failed = Promise.withResolvers<void>();
  const committer = new Committer(store, { clock, onHealth: () => failed.resolve() });
  const outcome = committer.commit(
    entry({ writes: [remove(handled), ...large("sent").writes], events: [event("job.done")] }),
    { urgency: "outcome" },
  );
  await failed.promise;
  await assert.rejects(committer.commit(large("offered")), { code: "storage-unavailable" });
  await store.write([FREED]);
  while (clock.armed === 0) await store.read.nextDueAt();
  clock.advance(50);
  assert.equal((await outcome).status, "committed");
  assert.deepEqual(await readyIds(store.read), ["sent"]);
  assert.equal((await store.read.logMark("acme")).last, 1);
});

Deno.test("write() is unavailable while another program holds the file, and works again afterwards", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  {
    using other = new DatabaseSync(folder.path);
    other.exec("begin immediate");
    await assert.rejects(store.write([writing(append())]), { code: "storage-unavailable", retryable: true });
  }
  assert.equal((await store.write([writing(append())]))[0]?.status, "committed");
});

Deno.test("write() is fenced when the database has been opened since", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  folder.inspect((db) => db.exec("update nodes set generation = generation + 1"));
  await assert.rejects(store.write([writing(append())]), { code: "fenced" });
  assert.deepEqual(await readyIds(store.read), []);
});

Deno.test("query() starts a new read worker when the one before has died", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  const ask = (query: string) => store.read.query({ tenant: "acme", tables: "note", query, args: "{}" });
  await assert.rejects(ask("lethal"), { code: "internal", retryable: true });
  assert.equal(await ask("all"), "[]");
  assert.equal((await commit(store, writing(append()))).status, "committed");
});

Deno.test("write() rejects as corrupt when the writer has died, and close() still ends", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open({ startWriter: startDyingWriter });
  await appended(store, { id: "before" });
  const channel = new BroadcastChannel(DEATH_CHANNEL);
  channel.postMessage("die");
  const untilDead = async () => {
    for (;;) await store.write([]);
  };
  await assert.rejects(untilDead, { code: "storage-corrupt", message: /the thread is dead/ });
  await assert.rejects(store.write([]), { code: "storage-corrupt" });
  channel.close();
  await store.close();
  assert.deepEqual(await readyIds((await folder.open()).read), ["before"]);
});
