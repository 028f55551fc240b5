import assert from "node:assert/strict";
import { join } from "node:path";
import { openSqliteStore } from "../../runtime/store/sqlite/open.ts";
import { parseDatabaseUrl } from "../../runtime/store/sqlite/url.ts";
import { loadRegistry, registryUrl, sqliteFolder } from "../support/sqlite_folder.ts";
import { append, commit, NOON, noteRow, notesOf, readyIds, writing } from "../support/store_entries.ts";

const HOLD_LOCK = `
  const file = await Deno.open(Deno.args[0], { create: true, write: true });
  await file.tryLock(true);
  console.log("locked");
  setInterval(() => {}, 1_000);
`;

Deno.test("openSqliteStore() commits to the disk, through the log, when nothing else is asked", async () => {
  await using folder = await sqliteFolder();
  const known = await loadRegistry("store_registry.ts");
  const store = await openSqliteStore({ ...known, path: folder.path, node: "test", now: NOON });
  try {
    await commit(store, writing(noteRow("settings", { id: "settings" })));
    assert.equal((await notesOf(store.read))[0]?.body, "wal 2");
  } finally {
    await store.close();
  }
});

Deno.test("openSqliteStore() makes the folders of its file", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open({ path: join(folder.path, "deeper", "mailroom.db") });
  assert.equal(store.ownership.generation, 1);
});

Deno.test("openSqliteStore() refuses a file that is open already", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await assert.rejects(folder.open(), { code: "storage-locked", message: new RegExp(folder.path) });
  await store.close();
  await folder.open();
});

Deno.test("openSqliteStore() refuses the file of another process until that is gone, however it went", async () => {
  await using folder = await sqliteFolder();
  const args = ["eval", HOLD_LOCK, `${folder.path}.lock`];
  const holder = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const output = holder.stdout.getReader();
  await output.read();
  await assert.rejects(folder.open(), { code: "storage-locked" });
  holder.kill("SIGKILL");
  await holder.status;
  await output.cancel();
  await folder.open();
});

Deno.test("openSqliteStore() leaves nothing behind when a migration fails midway", async () => {
  await using folder = await sqliteFolder();
  await assert.rejects(folder.open(await loadRegistry("failing_migration_registry.ts")), /the second half is missing/);
  assert.deepEqual(folder.inspect((db) => db.prepare("select name from sqlite_schema").all()), []);
  await folder.open();
});

Deno.test("openSqliteStore() adds the tables of a kind that came later and keeps what is there", async () => {
  await using folder = await sqliteFolder();
  const older = await folder.open(await loadRegistry("empty_registry.ts"));
  await commit(older, writing(append({ id: "a" })));
  await older.close();
  const newer = await folder.open();
  await commit(newer, writing(noteRow("added", { id: "n", body: "" })));
  assert.deepEqual(await readyIds(newer.read), ["a"]);
});

Deno.test("openSqliteStore() has the writer load the kinds only for tables that the file does not bear", async () => {
  await using folder = await sqliteFolder();
  const nowhere = registryUrl("there_is_none.ts");
  const first = await folder.open({ registryUrl: nowhere });
  await commit(first, writing(noteRow("added", { id: "n", body: "" })));
  await first.close();
  const again = await folder.open({ registryUrl: nowhere });
  await commit(again, writing(noteRow("added", { id: "m", body: "" })));
  await again.close();
  folder.inspect((db) => db.exec("delete from kysely_migration"));
  await assert.rejects(folder.open({ registryUrl: nowhere }), /there_is_none/);
});

Deno.test("openSqliteStore() refuses a file that a newer program wrote, and does not change it", async () => {
  await using folder = await sqliteFolder();
  const newer = await folder.open();
  await commit(newer, writing(noteRow("added", { id: "n", body: "" })));
  await newer.close();
  await assert.rejects(folder.open(await loadRegistry("empty_registry.ts")), {
    code: "storage-newer",
    message: /2026-11-22-notes.*Run the newer program/,
  });
  const again = await folder.open();
  assert.equal((await notesOf(again.read)).length, 1);
  assert.equal(again.ownership.generation, 2);
});

Deno.test("openSqliteStore() refuses what is no database and says so", async () => {
  await using folder = await sqliteFolder();
  await Deno.writeTextFile(folder.path, "no database, ".repeat(1_000));
  await assert.rejects(folder.open(), { code: "storage-corrupt", retryable: false });
});

Deno.test("openSqliteStore() makes a file for :memory: and deletes it on close", async () => {
  await using folder = await sqliteFolder();
  const place = join(folder.path, "..");
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", place);
  try {
    const store = await folder.open({ path: parseDatabaseUrl("sqlite::memory:").path });
    await commit(store, writing(append(), noteRow("settings", { id: "settings" })));
    assert.equal((await notesOf(store.read))[0]?.body, "wal 0");
    assert.equal(Array.from(Deno.readDirSync(place)).length, 1);
    await store.close();
    assert.deepEqual(Array.from(Deno.readDirSync(place)), []);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
});

Deno.test("openSqliteStore() releases the file when it cannot open it", async () => {
  await using folder = await sqliteFolder();
  await assert.rejects(folder.open(await loadRegistry("failing_migration_registry.ts")));
  assert.equal((await folder.open()).ownership.generation, 1);
});
