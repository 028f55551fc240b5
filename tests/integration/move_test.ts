import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { maintain } from "../../runtime/store/maintenance.ts";
import { openPools } from "../../runtime/store/postgres/pools.ts";
import { createReads } from "../../runtime/store/postgres/reader.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { answersOf, movedRegistry as registry, movingFile, REGISTRY_URL } from "../support/moving_file.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import type { SqliteFolder } from "../support/sqlite_folder.ts";
import { openTcpProxy } from "../support/tcp_proxy.ts";

/** Answers what was said. */
async function move(from: SqliteFolder, to: TestDatabase): Promise<string> {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  await maintain("move", ["--from", `sqlite:${from.path}`, "--to", to.url], {
    databaseUrl: "sqlite::memory:",
    registry,
    clock: systemClock,
    say,
  });
  return said.join("\n");
}

async function countRows(database: TestDatabase): Promise<Record<string, number>> {
  const tables = await database.query<{ name: string }>(
    "select relname::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace" +
      " and relname not like 'kysely%' order by 1",
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [{ count }] = await database.query<{ count: number }>(`select count(*) from ${name}`) as [{ count: number }];
    if (Number(count) > 0) counts[name] = Number(count);
  }
  return counts;
}

Deno.test("move takes a file with thousands of jobs along: every read answers as before, and numbers go on", async () => {
  await using file = await movingFile(2_500);
  await using database = await testDatabase();
  const before = await file.open({ registry, registryUrl: REGISTRY_URL });
  const expected = await answersOf(before.read);
  const { generation } = before.ownership;
  await before.close();
  const said = await move(file, database);
  assert.match(said, /^job_records: 4000 rows on both sides, checksum [0-9a-f]{16}$/m);
  assert.match(said, /^Moved .*: \d+ rows in .* s, read on both sides and found alike$/m);
  assert.ok(!said.includes(new URL(database.url).password || "no password"));

  const pools = openPools({ databaseUrl: database.url, node: "test", clock: systemClock });
  // A later life, so that it sees the start marks of those before.
  const ownership = { node: "test", generation: generation + 1, uncleanStarts: 0 };
  const found = await answersOf(createReads({ ...pools, registry, ownership }));
  await pools.close();
  for (const [name, answer] of expected) assert.deepEqual(found.get(name), answer, name);

  const next = await database.query<{ seq: number; generation: number; audit: number }>(
    "select nextval('message_seq') as seq, nextval('life_generation') as generation, nextval('audit_id_seq') as audit",
  );
  const [{ seq }] = await database.query<{ seq: number }>("select max(last_seq) as seq from tenants") as [
    { seq: number },
  ];
  assert.ok(next[0]!.seq > seq && next[0]!.generation > generation, JSON.stringify(next));
  // The file is what it was, and can be opened again.
  const again = await file.open({ registry, registryUrl: REGISTRY_URL });
  assert.deepEqual((await answersOf(again.read)).get('logMark ["acme"]'), expected.get('logMark ["acme"]'));
});

Deno.test("move refuses a target that has rows or a living node, and a file that is open", async () => {
  await using file = await movingFile(10);
  await using database = await migratedDatabase(registry);
  await database.query(
    "insert into tenants (tenant, last_event, trimmed_to, pending, last_seq) values ('x', 1, 0, 0, 0)",
  );
  await assert.rejects(move(file, database), { code: "conflict", message: /has rows already \(in tenants\)/ });
  await database.query("delete from tenants");
  await database.query(
    "insert into lives (generation, opened_at, node, lease_until) values (1, 0, 'alive', 9000000000000000)",
  );
  await assert.rejects(move(file, database), { code: "conflict", message: /node alive lives on the target/ });
  await database.query("update lives set lease_until = 1");
  const open = await file.open({ registry, registryUrl: REGISTRY_URL });
  await assert.rejects(move(file, database), { code: "storage-locked" });
  await open.close();
  assert.deepEqual(await countRows(database), { lives: 1 });
  await move(file, database);
});

Deno.test("move leaves the target empty when it fails half-way, and finds what was written otherwise than it was read", async () => {
  await using file = await movingFile(300);
  await using database = await migratedDatabase(registry);
  await database.query(
    "create function spoil() returns trigger language plpgsql as $$ begin new.payload = '{}!'; return new; end $$",
  );
  await database.query("create trigger spoil before insert on dead_letters for each row execute function spoil()");
  await assert.rejects(move(file, database), { code: "conflict", message: /dead_letters has 1 rows .* reads as 1 / });
  assert.deepEqual(await countRows(database), {});
  await database.query("drop trigger spoil on dead_letters");
  await using proxy = await openTcpProxy({ hostname: "127.0.0.1", port: Number(new URL(database.url).port) });
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const cut = proxy.cutAfter(60_000, "client");
  await assert.rejects(move(file, { ...database, url: url.href }), { code: "storage-unavailable" });
  await cut;
  assert.deepEqual(await countRows(database), {});
  await move(file, database);
});

Deno.test("move names the table with a text that Postgres cannot hold", async () => {
  await using file = await movingFile(5);
  await using database = await testDatabase();
  const store = await file.open({ registry, registryUrl: REGISTRY_URL });
  await store.close();
  file.inspect((db) => db.prepare("update paused_kinds set by = ?").run("a\0b"));
  await assert.rejects(move(file, database), { code: "conflict", message: /paused_kinds has the character U\+0000/ });
  assert.deepEqual(await countRows(database), {});
});
