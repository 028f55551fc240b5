import assert from "node:assert/strict";
import { queryAt, testDatabase } from "../support/postgres.ts";
import { startPostgres } from "../support/postgres_server.ts";

Deno.test("testDatabase() gives a database of its own on a real Postgres 18", async () => {
  await using one = await testDatabase();
  await using two = await testDatabase();
  await one.query("create table things (name text)");
  const [version] = await two.query<{ version: string }>("select version()");
  assert.match(version!.version, /^PostgreSQL 18/);
  await assert.rejects(two.query("select * from things"), /does not exist/);
});

Deno.test("startPostgres() keeps what was committed when it is killed and started again", async () => {
  await using server = await startPostgres();
  const url = server.url("postgres");
  await queryAt(url, "create table things as select 1 as number");
  await server.kill();
  await assert.rejects(queryAt(url, "select 1"), /ECONNREFUSED/);
  await server.start();
  assert.deepEqual(await queryAt(url, "select * from things"), [{ number: 1 }]);
  await server.restart();
  assert.deepEqual(await queryAt(url, "select * from things"), [{ number: 1 }]);
});
