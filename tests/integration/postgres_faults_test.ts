import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { openClient, openPool, type Purpose } from "../../runtime/store/postgres/connection.ts";
import { entryFault, isSurprise, lostConnection, storageFault } from "../../runtime/store/postgres/faults.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

Deno.test("storageFault() says of a server that is gone that it may come back, whoever notices", async () => {
  await using database = await testDatabase({ own: true });
  const idle = Promise.withResolvers<Error>();
  await using pool = opened(openPool({ ...at(database), max: 2, onLost: idle.resolve }));
  await using writer = opened(await openClient(at(database, "writer")));
  await pool.query("select 1");
  const underWay = writer.query("select pg_sleep(30)").catch((reason) => reason);
  await writer.query("select 1").catch(() => {});
  await database.server.kill();
  for (const thrown of [await underWay, await idle.promise, await failure(writer.query("select 1"))]) {
    unavailable(thrown);
  }
  unavailable(await failure(pool.query("select 1")));
  unavailable(await failure(openClient(at(database))));
  await database.server.start();
  assert.deepEqual((await pool.query("select 1 as one")).rows, [{ one: 1 }]);
});

Deno.test("storageFault() knows a server that ends sessions, that has no room for more, and a statement that took too long", async () => {
  await using database = await testDatabase({
    settings: ["max_connections = 8", "superuser_reserved_connections = 0"],
  });
  await using client = opened(await openClient({ ...at(database), limits: { statement: 50 } }));
  const slow = await failure(client.query("select pg_sleep(30)"));
  unavailable(slow, { lost: false });
  const ended = failure(client.query("select pg_terminate_backend(pg_backend_pid())"));
  unavailable(await ended);
  const many = await Promise.allSettled(Array.from({ length: 16 }, () => openClient(at(database))));
  for (const one of many) if (one.status === "fulfilled") await one.value.end();
  const refused = many.filter((one) => one.status === "rejected").map(({ reason }) => reason);
  assert.ok(refused.length > 0);
  refused.forEach((reason) => unavailable(reason, { lost: false }));
});

Deno.test("storageFault() knows a network that swallows everything, within a second of asking", async () => {
  await using database = await testDatabase({ own: true });
  await using client = opened(await openClient({ ...at(database, "writer"), limits: { answer: 200 } }));
  await client.query("select 1");
  Deno.kill(database.server.pid, "SIGSTOP");
  const backend = client.processID;
  Deno.kill(backend, "SIGSTOP");
  try {
    unavailable(await failure(client.query("select 1")));
    unavailable(await failure(openClient({ ...at(database), limits: { connect: 200 } })));
  } finally {
    for (const pid of [backend, database.server.pid]) Deno.kill(pid, "SIGCONT");
  }
});

Deno.test("entryFault() refuses as constraint what a table or a type refuses, and storageFault() has no part in it", async () => {
  await using database = await testDatabase();
  await using client = opened(await openClient(at(database)));
  await client.query("set default_transaction_read_only = off");
  await client.query("create table things (id text primary key, stars bigint not null check (stars >= 0))");
  await client.query("insert into things values ('a', 1)");
  for (
    const values of [["a", 1], ["b", -1], ["c", null], ["d", "many"], ["e", 1.5], ["f\0", 1], [
      await incompressible(),
      1,
    ]]
  ) {
    const thrown = await failure(client.query("insert into things values ($1, $2)", values));
    assert.equal(storageFault(thrown), undefined);
    assert.equal(isSurprise(thrown), false);
    assert.equal(entryFault(thrown, "a row").code, "constraint", String(thrown));
  }
  const wrong = await failure(client.query("select * from nothing"));
  assert.equal(storageFault(wrong), undefined);
  assert.equal(entryFault(wrong, "a row").code, "internal");
});

Deno.test("isSurprise() knows transactions that wait for each other", async () => {
  await using database = await testDatabase();
  await database.query("create table things (id bigint primary key, n bigint)");
  await database.query("insert into things values (1, 0), (2, 0)");
  await using one = opened(await openClient(at(database, "migration")));
  await using two = opened(await openClient(at(database, "migration")));
  for (const [client, id] of [[one, 1], [two, 2]] as const) {
    await client.query("begin");
    await client.query("update things set n = 1 where id = $1", [id]);
  }
  const both = await Promise.allSettled([
    one.query("update things set n = 1 where id = 2"),
    two.query("update things set n = 1 where id = 1"),
  ]);
  const lost = both.find((outcome) => outcome.status === "rejected");
  assert.ok(isSurprise(lost?.reason));
  assert.equal(storageFault(lost?.reason), undefined);
});

Deno.test("openClient() answers values as SQLite does", async () => {
  await using database = await testDatabase();
  await using client = opened(await openClient(at(database)));
  const { rows } = await client.query(
    `select 9007199254740991::bigint as large, count(*) as many, 1 = 1 as yes, null as no,
    sum(5::bigint) as total, '{"a": [1]}'::json as text, array[1, 2]::bigint[] as list, '\\x00ff'::bytea as bytes`,
  );
  const { bytes, ...rest } = rows[0]!;
  assert.deepEqual(rest, {
    large: 9007199254740991,
    many: 1,
    yes: 1,
    no: null,
    total: 5,
    text: '{"a": [1]}',
    list: [1, 2],
  });
  assert.deepEqual([...bytes as Uint8Array], [0, 255]);
});

Deno.test("openClient() sets a session to what it is for, before what the address asks for", async () => {
  await using database = await testDatabase();
  const databaseUrl = `${database.url}?options=-c%20work_mem%3D7MB&application_name=theirs`;
  const expected: Readonly<Record<Purpose, string>> = {
    writer: "off|off|force_generic_plan|off|mailroom writer test|7MB",
    reader: "off|off|force_generic_plan|on|mailroom reader test|7MB",
    reports: "on|on|auto|on|mailroom reports test|7MB",
    listener: "off|off|force_generic_plan|off|mailroom listener test|7MB",
    migration: "on|on|auto|off|mailroom migration test|7MB",
  };
  for (const [purpose, settings] of Object.entries(expected) as [Purpose, string][]) {
    await using client = opened(await openClient({ databaseUrl, purpose, node: "test" }));
    const names = ["enable_seqscan", "enable_hashjoin", "plan_cache_mode", "default_transaction_read_only"];
    const shown = [...names, "application_name", "work_mem"].map((name) => `current_setting('${name}')`).join(", ");
    const { rows } = await client.query<{ settings: string }>(`select concat_ws('|', ${shown}) as settings`);
    assert.equal(rows[0]!.settings, settings);
  }
});

function at({ url }: TestDatabase, purpose: Purpose = "reader") {
  return { databaseUrl: url, purpose, node: "test" };
}

function opened<T extends { end(): Promise<void> }>(connection: T): T & AsyncDisposable {
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.end() });
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => assert.fail("it did not fail"), (reason) => reason);
}

function unavailable(thrown: unknown, { lost = true } = {}): void {
  const fault = storageFault(thrown);
  assert.ok(fault instanceof RuntimeError, String(thrown));
  assert.deepEqual([fault.code, fault.retryable], ["storage-unavailable", true]);
  assert.equal(lostConnection(thrown), lost, String(thrown));
}

/** Longer than an index takes, even when it is compressed. */
async function incompressible(): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-512", new Uint8Array(1)));
  let text = "";
  for (let part = bytes; text.length < 10_000; part = new Uint8Array(await crypto.subtle.digest("SHA-512", part))) {
    text += part.toHex();
  }
  return text;
}
