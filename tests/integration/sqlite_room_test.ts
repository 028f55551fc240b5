import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { Reserve, RESERVE_BYTES } from "../../runtime/store/sqlite/reserve.ts";
import { loadRegistry, sqliteFolder } from "../support/sqlite_folder.ts";
import { diskTest, smallDisk } from "../support/small_disk.ts";
import { append, commit, noteRow, notesOf, writing } from "../support/store_entries.ts";

const MIB = 1024 * 1024;
const BIG = "x".repeat(200_000);
const big = (id: string) => writing(noteRow("added", { id, body: BIG }));

diskTest("Reserve takes room that is really taken, leaves a margin, and gives it back", async () => {
  await using disk = await smallDisk(16 * MIB);
  const reserve = new Reserve(`${disk.path}/mailroom.db`, { bytes: 4 * MIB });
  const before = disk.freeBytes();
  assert.ok(reserve.hold() && reserve.hold());
  assert.ok(before - disk.freeBytes() >= 4 * MIB);
  reserve.release();
  reserve.release();
  assert.equal(disk.freeBytes(), before);
  disk.fill({ leave: 4 * MIB });
  assert.ok(!reserve.hold(), "the last room is not taken");
  assert.deepEqual(Array.from(Deno.readDirSync(disk.path), ({ name }) => name), ["ballast"]);
});

diskTest("Reserve is made anew when a crash left a part of it", async () => {
  await using disk = await smallDisk(16 * MIB);
  const path = `${disk.path}/mailroom.db`;
  await Deno.writeFile(`${path}.reserve`, new Uint8Array(1_000));
  assert.ok(new Reserve(path, { bytes: 4 * MIB }).hold());
  assert.equal((await Deno.stat(`${path}.reserve`)).size, 4 * MIB);
});

diskTest("write() on a full disk leaves nothing half done, whatever part of a commit found no room", async () => {
  await using disk = await smallDisk(24 * MIB);
  await using folder = await sqliteFolder({ place: disk.path });
  const store = await folder.open({ sync: "full", reserveBytes: 2 * MIB });
  assert.equal(store.room, "ample");
  disk.fill({ leave: 3 * MIB });
  const written: string[] = [];
  for (let number = 100;; number++) {
    const [outcome] = await Promise.allSettled([store.write([big(`n${number}`)])]);
    if (outcome.status === "rejected") {
      assert.deepEqual([outcome.reason.code, outcome.reason.retryable], ["storage-unavailable", true]);
      break;
    }
    written.push(`n${number}`);
  }
  assert.equal(store.room, "short");
  assert.deepEqual((await notesOf(store.read)).map(({ id }) => id), written, "and reads go on");
  disk.free();
  await commit(store, big("n999"));
  assert.equal(store.room, "ample");
  await store.close();
  folder.inspect((db) => assert.equal(db.prepare("pragma integrity_check").get()?.["integrity_check"], "ok"));
  const again = await folder.open();
  assert.deepEqual((await notesOf(again.read)).map(({ id }) => id), [...written, "n999"]);
});

diskTest("write() uses what was freed inside the file while the disk stays full", async () => {
  await using disk = await smallDisk(64 * MIB);
  await using folder = await sqliteFolder({ place: disk.path });
  const store = await folder.open({ sync: "full", reserveBytes: RESERVE_BYTES });
  for (let number = 100; number < 150; number++) await commit(store, big(`n${number}`));
  disk.fill();
  while (store.room === "ample") await store.write([big(crypto.randomUUID())]).catch(() => {});
  disk.fill();
  for (let number = 100; number < 150; number++) {
    await commit(store, writing(noteRow("touched", { id: `n${number}`, body: "" })));
  }
  assert.equal(store.room, "tight");
  await commit(store, big("fits"));
  for (let number = 0; store.room === "tight"; number++) await store.write([big(`more-${number}`)]).catch(() => {});
  assert.equal(store.room, "short");
});

diskTest("write() goes on for ever without a byte of new room when what it writes needs none", async () => {
  await using disk = await smallDisk(48 * MIB);
  await using folder = await sqliteFolder({ place: disk.path });
  const store = await folder.open({ sync: "full", reserveBytes: RESERVE_BYTES });
  await commit(store, big("small log"));
  disk.fill();
  while (store.room === "ample") await store.write([big(crypto.randomUUID())]).catch(() => {});
  disk.fill();
  for (let number = 0; number < 2_000; number++) {
    await commit(store, writing(noteRow("touched", { id: "small log", body: `${number}` })));
  }
});

diskTest("openSqliteStore() says what is wrong with a folder it may not write, and changes nothing", async () => {
  await using disk = await smallDisk(24 * MIB);
  await using folder = await sqliteFolder({ place: disk.path });
  const store = await folder.open();
  await commit(store, writing(append()));
  await store.close();
  await disk.remount("ro");
  await assert.rejects(folder.open(), {
    code: "storage-unavailable",
    message: new RegExp(`${folder.path}.*[Rr]ead-only`),
  });
  await disk.remount("rw");
  assert.equal((await folder.open()).ownership.generation, 2);
});

diskTest(
  "openSqliteStore() on a disk too full for its migrations leaves nothing, and opens when there is room",
  async () => {
    await using disk = await smallDisk(24 * MIB);
    await using folder = await sqliteFolder({ place: disk.path });
    for (const leave of [0, 8_192, 65_536, 131_072]) {
      disk.fill({ leave });
      await assert.rejects(folder.open({ sync: "full" }), {
        code: "storage-unavailable",
        message: /disk is full|no room/,
      });
      disk.free();
    }
    assert.equal((await folder.open({ sync: "full" })).ownership.generation, 1);
  },
);

Deno.test("openSqliteStore() says so when another program holds the file, and opens it afterwards", async () => {
  await using folder = await sqliteFolder();
  await (await folder.open()).close();
  {
    using other = new DatabaseSync(folder.path);
    other.exec("begin immediate");
    await assert.rejects(folder.open(), {
      code: "storage-unavailable",
      message: /locked by another program.*mailroom\.db/,
    });
  }
  await folder.open();
});

Deno.test("a read in another thread that meets a damaged page says so, with the file and what to do", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  for (let number = 0; number < 40; number++) await commit(store, big(`n${number}`));
  await store.close();
  const { size } = await Deno.stat(folder.path);
  const again = await folder.open(await loadRegistry("store_registry.ts"));
  {
    using file = await Deno.open(folder.path, { write: true });
    await file.seek(Math.floor(size / 2), Deno.SeekMode.Start);
    await file.write(crypto.getRandomValues(new Uint8Array(60_000)));
    await file.write(crypto.getRandomValues(new Uint8Array(60_000)));
  }
  const query = { tenant: "acme", tables: "note", query: "all" };
  const { read } = again;
  for (const ask of [() => read.query({ ...query, args: "{}" }), () => read.point({ ...query, args: {} })]) {
    await assert.rejects(ask, {
      code: "storage-corrupt",
      message: new RegExp(`${dirname(folder.path)}.*deno task restore`),
    });
  }
});
