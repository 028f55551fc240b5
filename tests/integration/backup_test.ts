import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../runtime/core/clock.ts";
import { backupDatabase } from "../../runtime/store/sqlite/backup.ts";
import type { CopyOptions } from "../../runtime/store/sqlite/copy.ts";
import { restoreDatabase } from "../../runtime/store/sqlite/restore.ts";
import { maintain } from "../../runtime/store/maintenance.ts";
import { registry } from "../support/registry/store_registry.ts";
import { diskTest, smallDisk } from "../support/small_disk.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";
import { append, commit, noteRow, notesOf, readyIds, writing } from "../support/store_entries.ts";

const options: CopyOptions = { registry, clock: systemClock, say: () => {} };
const INSTANT = "2026-11-22T08-00-00Z";

const note = (id: string) => writing(noteRow("added", { id, body: "x".repeat(1_000) }));
const names = (folder: { readonly path: string }) =>
  Array.from(Deno.readDirSync(dirname(folder.path)), ({ name }) => name).sort();

Deno.test("backupDatabase() copies what is committed while the store goes on, and says what is in it", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await commit(store, writing(append({ id: "before" })));
  let over = false;
  const load = (async () => {
    for (let number = 0; !over; number++) await commit(store, note(`n${number}`));
  })();
  const target = join(dirname(folder.path), "deep", "backup.db");
  const { rows, bytes, path } = await backupDatabase(folder.path, target, options);
  over = true;
  await load;
  assert.deepEqual([rows["messages"], path, bytes], [1, target, (await Deno.stat(target)).size]);
  await using elsewhere = await sqliteFolder();
  const { kept } = await restoreDatabase(elsewhere.path, target, { ...options, instant: INSTANT });
  assert.equal(kept, null);
  const restored = await elsewhere.open();
  assert.deepEqual(await readyIds(restored.read), ["before"]);
  assert.equal((await notesOf(restored.read)).length, rows["notes"]);
});

Deno.test("backupDatabase() overwrites nothing and leaves nothing when it cannot be made", async () => {
  await using folder = await sqliteFolder();
  await (await folder.open()).close();
  const target = `${folder.path}.backup`;
  await Deno.writeTextFile(target, "mine");
  await assert.rejects(backupDatabase(folder.path, target, options), { code: "conflict" });
  assert.equal(await Deno.readTextFile(target), "mine");
  await assert.rejects(backupDatabase(`${folder.path}-other`, `${target}2`, options), { code: "not-found" });
  await Deno.writeFile(`${folder.path}-damaged`, new Uint8Array(10_000).fill(7));
  await assert.rejects(backupDatabase(`${folder.path}-damaged`, `${target}2`, options), { code: "storage-corrupt" });
  assert.deepEqual(names(folder).filter((name) => name.includes("backup2")), []);
});

diskTest("backupDatabase() says beforehand that there is not enough room, and leaves nothing", async () => {
  await using folder = await sqliteFolder();
  await (await folder.open()).close();
  await using disk = await smallDisk(1024 * 1024);
  disk.fill({ leave: 65_536 });
  const target = join(disk.path, "backup.db");
  await assert.rejects(backupDatabase(folder.path, target, options), {
    code: "storage-unavailable",
    message: /has 0\.1 MiB free.*choose another place/,
  });
  assert.deepEqual(Array.from(Deno.readDirSync(disk.path), ({ name }) => name), ["ballast"]);
});

Deno.test("restoreDatabase() keeps what was there, and its log never meets the new file", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await commit(store, note("in the backup"));
  const backup = `${folder.path}.backup`;
  await backupDatabase(folder.path, backup, options);
  await commit(store, note("later"));
  // As after a kill: the later commit is in the log only.
  for (const end of ["", "-wal"]) await Deno.copyFile(folder.path + end, `${folder.path}.crashed${end}`);
  await store.close();
  for (const end of ["", "-wal"]) await Deno.rename(`${folder.path}.crashed${end}`, folder.path + end);

  const { kept } = await restoreDatabase(folder.path, backup, { ...options, instant: INSTANT });
  assert.equal(kept, `${folder.path}.before-restore-${INSTANT}`);
  const restored = await folder.open();
  assert.deepEqual((await notesOf(restored.read)).map(({ id }) => id), ["in the backup"]);
  using old = new DatabaseSync(kept!, { readOnly: true });
  assert.deepEqual(old.prepare("select id from notes order by id").all().map(({ id }) => id), [
    "in the backup",
    "later",
  ]);
});

Deno.test("restoreDatabase() keeps what was there each time, however soon it is called again", async () => {
  await using folder = await sqliteFolder();
  await (await folder.open()).close();
  const backup = `${folder.path}.backup`;
  await backupDatabase(folder.path, backup, options);
  const kept: (string | null)[] = [];
  for (const was of ["first", "second", "third"]) {
    await Deno.writeTextFile(folder.path, was);
    kept.push((await restoreDatabase(folder.path, backup, { ...options, instant: INSTANT })).kept);
  }
  const name = `${folder.path}.before-restore-${INSTANT}`;
  assert.deepEqual(kept, [name, `${name}-2`, `${name}-3`]);
  const texts = await Promise.all(kept.map((path) => Deno.readTextFile(path!)));
  assert.deepEqual(texts, ["first", "second", "third"]);
});

Deno.test("restoreDatabase() keeps a damaged file with its log", async () => {
  await using folder = await sqliteFolder();
  await (await folder.open()).close();
  const backup = `${folder.path}.backup`;
  await backupDatabase(folder.path, backup, options);
  await Deno.writeTextFile(folder.path, "no database, ".repeat(1_000));
  await Deno.writeTextFile(`${folder.path}-wal`, "its log");
  const { kept } = await restoreDatabase(folder.path, backup, { ...options, instant: INSTANT });
  assert.match(await Deno.readTextFile(kept!), /^no database/);
  assert.equal(await Deno.readTextFile(`${kept}-wal`), "its log");
  assert.equal((await folder.open()).ownership.generation, 2);
});

Deno.test("restoreDatabase() refuses while a store is open, and a source that is damaged, newer or no backup", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  for (let number = 0; number < 200; number++) await commit(store, note(`n${number}`));
  const backup = `${folder.path}.backup`;
  await backupDatabase(folder.path, backup, options);
  const restore = (source: string) => restoreDatabase(folder.path, source, { ...options, instant: INSTANT });
  await assert.rejects(restore(backup), { code: "storage-locked", message: /stop the other one/ });
  await store.close();

  const spoilt = async (spoil: (path: string) => void | Promise<void>): Promise<string> => {
    const path = `${backup}.spoilt`;
    await Deno.copyFile(backup, path);
    await spoil(path);
    return path;
  };
  const withSql = (sql: string) => (path: string) => {
    using db = new DatabaseSync(path);
    db.exec(sql);
  };
  const { size } = await Deno.stat(backup);
  const damages: [what: string, spoil: (path: string) => void | Promise<void>, code: string][] = [
    ["a middle page", (path) => overwrite(path, size / 2), "storage-corrupt"],
    ["its header", (path) => overwrite(path, 0), "storage-corrupt"],
    ["its end", (path) => Deno.truncate(path, size - 5_000), "storage-corrupt"],
    ["its tables", withSql("drop table kysely_migration"), "storage-corrupt"],
    ["newer", withSql("insert into kysely_migration values ('2999-01-01-later', 'then')"), "storage-newer"],
  ];
  const before = names(folder);
  for (const [what, spoil, code] of damages) {
    const source = await spoilt(spoil);
    await assert.rejects(restore(source), { code }, what);
    await Deno.remove(source);
  }
  await assert.rejects(restore(`${backup}.none`), { code: "not-found" });
  assert.deepEqual(names(folder), before, "nothing was changed");
  assert.equal((await notesOf((await folder.open()).read)).length, 200);
});

Deno.test("maintain() names the commands when it is given another, and does not back up what is in memory", async () => {
  const given = { databaseUrl: "sqlite::memory:", ...options };
  for (const [command, operands] of [["bakup", []], ["restore", []], ["backup", ["a", "b"]]] as const) {
    await assert.rejects(maintain(command, operands, given), { code: "invalid-config", message: /deno task backup/ });
  }
  await assert.rejects(maintain("backup", [], given), { code: "invalid-config", message: /in memory/ });
});

async function overwrite(path: string, at: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(Math.floor(at), Deno.SeekMode.Start);
  await file.write(crypto.getRandomValues(new Uint8Array(6_000)));
}
