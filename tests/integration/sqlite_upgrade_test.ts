import assert from "node:assert/strict";
import { olderFile } from "../support/older_file.ts";
import { registry } from "../support/registry/store_registry.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";
import { appended, commit, entry, event } from "../support/store_entries.ts";

const KIB = 1024;

Deno.test("openSqliteStore() moves the events of an older file into segments, each as it was", async () => {
  await using folder = await sqliteFolder();
  const data = (number: number) =>
    number % 90 === 0 ? `"${"x".repeat(60 * KIB)}"` : `{ "n": ${number}.0, "q": "\\"é" }`;
  const old = await olderFile(folder.path, { registry, before: "2026-11-24-event-log" }, (db) => {
    const insert = db.prepare("insert into events values (?, ?, ?, ?, ?, ?)");
    const log = (tenant: string, { from, to }: { from: number; to: number }) => {
      for (let number = from; number <= to; number++) {
        insert.run(tenant, number, `job.${number % 3}`, `job/${number}`, 1e12 + number, data(number));
      }
      db.prepare("insert into tenants values (?, ?, ?)").run(tenant, to, from - 1);
    };
    log("acme", { from: 101, to: 700 });
    log("émile", { from: 1, to: 1 });
    log("rival", { from: 1, to: 128 });
    log("trimmed", { from: 41, to: 40 });
    return db.prepare("select * from events order by tenant, number").all().map((row) => ({ ...row }));
  });
  const store = await folder.open();
  const read = [];
  for (const tenant of ["acme", "rival", "trimmed", "émile"]) {
    for (const each of await store.read.events(tenant, { after: 0, limit: 10_000 })) read.push({ tenant, ...each });
  }
  assert.deepEqual(read, old);
  assert.equal(read.length, 729);
  const shown = folder.inspect((db) => db.prepare("select * from events order by tenant, number").all());
  assert.deepEqual(shown.map((row) => ({ ...row })), old);
  const { rows = 0, longest = 0 } = folder.inspect((db) =>
    db.prepare("select count(*) as rows, max(length(events)) as longest from event_log").get() as Record<string, number>
  );
  assert.ok(rows >= 8 && rows < 25 && longest < 100 * KIB, `${rows} rows of at most ${longest}`);
  assert.deepEqual(await store.read.logMark("acme"), { last: 700, trimmedTo: 100 });
  const firsts = [];
  for (const tenant of ["acme", "trimmed"]) {
    firsts.push((await commit(store, entry({ tenant, events: [event("job.a")] }))).firstEvent);
  }
  assert.deepEqual(firsts, [701, 41]);
});

Deno.test("openSqliteStore() counts the messages of an older file once", async () => {
  await using folder = await sqliteFolder();
  await olderFile(folder.path, { registry, before: "2026-11-24-recorded-mail" }, (db) => {
    db.exec("insert into tenants values ('acme', 7, 2), ('idle', 1, 0)");
    const insert = db.prepare(
      `insert into messages (tenant, kind, key, due_at, seq, id, name, version, payload, priority,
      ready_at, enqueued_at, sender, attempts, crashes, max_attempts, timeout_ms, slot)
      values (?, 'job', ?, 1, ?, ?, 'run', 1, '{}', 0, 1, 1, 'test', 0, 0, 4, 1, ?)`,
    );
    [["acme", "a", 1], ["acme", "a", 0], ["acme", "b", 2], ["mute", "c", 3]].forEach(([tenant, key, slot], index) =>
      insert.run(tenant!, key!, index + 40, `m${index}`, slot!)
    );
    db.exec(`insert into dead_letters (tenant, kind, key, due_at, seq, id, name, version, payload, priority,
      ready_at, enqueued_at, sender, attempts, crashes, max_attempts, timeout_ms, error, died_at)
      values ('acme', 'job', 'd', 1, 90, 'm9', 'run', 1, '{}', 0, 1, 1, 'test', 4, 0, 4, 1, '{}', 1)`);
  });
  const store = await folder.open();
  assert.deepEqual([...await store.read.pending()].sort(), [["acme", 3], ["mute", 1]]);
  assert.deepEqual(await store.read.logMark("acme"), { last: 7, trimmedTo: 2 });
  assert.equal((await appended(store, { tenant: "new" })).seq, 91);
});
