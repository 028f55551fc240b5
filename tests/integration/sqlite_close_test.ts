import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { Store } from "../../runtime/store/contract.ts";
import { type SqliteFolder, sqliteFolder } from "../support/sqlite_folder.ts";
import { commit, noteRow, writing } from "../support/store_entries.ts";

/** Whether a reader is done in time is a matter of luck, so that one try finds little. */
const TRIES = 4;

const query = ({ read }: Store, name: string, args: object = {}) =>
  read.query({ tenant: "acme", tables: "note", query: name, args: JSON.stringify(args) });
const write = (store: Store, id: string) => commit(store, writing(noteRow("added", { id, body: "text" })));
const logs = (folder: SqliteFolder) =>
  Array.from(Deno.readDirSync(dirname(folder.path)), ({ name }) => name).filter((name) => /-(wal|shm)$/.test(name));

/** What a store has done, or does, when it is closed. */
const LIVES: Readonly<Record<string, (store: Store, attempt: number) => Promise<unknown>>> = {
  "was only just opened": () => Promise.resolve(),
  "has answered lists": async (store) => {
    await write(store, "n");
    await store.read.actors({ tenant: "acme", limit: 10 });
    await store.read.deadLetters({ tenant: "acme", limit: 10 });
    assert.match(await query(store, "all"), /text/);
  },
  "has a reader that is opening, or has just done so": async (store, attempt) => {
    void query(store, "all").catch(() => {});
    for (let written = 0; written < attempt * 100; written++) await write(store, `n${written}`);
  },
  "is answering lists": async (store) => {
    const [first] = Array.from({ length: 20 }, () => query(store, "counted", { upTo: 10_000 }).catch(() => {}));
    await first;
  },
};

for (const [what, live] of Object.entries(LIVES)) {
  Deno.test(`close() brings the log into the file and leaves none beside it when the store ${what}`, async () => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      await using folder = await sqliteFolder();
      const store = await folder.open();
      await live(store, attempt);
      await store.close();
      assert.deepEqual(logs(folder), [], `at try ${attempt}`);
    }
  });
}

Deno.test("close() waits for the list that is being read, and refuses those that wait for their turn", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  const answers = Array.from({ length: 20 }, () => query(store, "counted", { upTo: 100_000 }));
  // From now on all of them are with the reader.
  await answers[0];
  const [settled] = await Promise.all([Promise.allSettled(answers), store.close()]);
  const last = settled.at(-1)!;
  assert.equal(last.status === "rejected" && last.reason.code, "stopping");
  await assert.rejects(query(store, "all"), { code: "stopping" });
});

Deno.test("close() gives up a list that does not end", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await write(store, "n");
  const [ended, endless] = [query(store, "all"), query(store, "endless")];
  await ended;
  await Promise.all([assert.rejects(endless, { code: "stopping" }), store.close()]);
  assert.match(await query(await folder.open(), "all"), /text/);
});
