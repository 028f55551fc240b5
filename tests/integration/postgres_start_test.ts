import assert from "node:assert/strict";
import { registry } from "../../actors/mod.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { openStore } from "../../runtime/store/open.ts";
import { startFault } from "../../runtime/store/postgres/start_fault.ts";
import { queryAt, sharedPostgres, testDatabase } from "../support/postgres.ts";

const registryUrl = new URL("../../actors/mod.ts", import.meta.url).href;

/** What a start on such a database ends with. */
async function refusal(databaseUrl: string): Promise<RuntimeError> {
  const opened = openStore({ databaseUrl, registry, registryUrl, node: "one", now: 0 });
  const thrown = await opened.then(
    async (store) => void await store.close(),
    (thrown: unknown) => thrown,
  );
  assert.ok(thrown instanceof RuntimeError, String(thrown));
  assert.doesNotMatch(thrown.message, /hunter2/);
  return thrown;
}

Deno.test("openStore() says what to do where no server listens, and where there is no such database", async () => {
  const nowhere = await refusal("postgres://somebody:hunter2@127.0.0.1:1/mail");
  assert.equal(nowhere.code, "storage-unavailable");
  assert.match(nowhere.message, /cannot be reached \(ECONNREFUSED\)\. Look at host and port in its address/);
  const unknown = await refusal((await sharedPostgres()).url("nonesuch"));
  assert.match(unknown.message, /there is no such database\. Make it with createdb/);
});

Deno.test("openStore() says what to do where the server lets nobody in, or asks for a password", async () => {
  await using database = await testDatabase({ own: true });
  await database.query("create role guarded login password 'sesame'");
  const [{ hba_file: path }] = await database.query<{ hba_file: string }>("show hba_file") as [{ hba_file: string }];
  const rules = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `host all guarded 127.0.0.1/32 scram-sha-256\n${rules}`);
  await database.query("select pg_reload_conf()");
  const as = (login: string) => database.url.replace("postgres@", `${login}@`);
  assert.match(
    (await refusal(as("guarded:hunter2"))).message,
    /does not let this program in\. Look at user and password/,
  );
  assert.match((await refusal(as("guarded"))).message, /asks for a password, and there is none\. Look at/);
});

Deno.test("startFault() sends whoever has a pooler in between to the server itself", () => {
  const refused = Object.assign(new Error("unsupported startup parameter in options: jit"), {
    ...{ severity: "FATAL", code: "08P01" },
  });
  assert.match(startFault(refused)!.message, /a pooler in between, does not take .* Name the server itself/);
});

for (const encoding of ["LATIN1", "SQL_ASCII"]) {
  Deno.test(`openStore() takes no database that keeps text as ${encoding}, and changes nothing there`, async () => {
    const server = await sharedPostgres();
    const name = `encoded_${encoding.toLowerCase()}`;
    const how = `encoding '${encoding}' template template0 locale_provider libc locale 'C'`;
    await queryAt(server.url("postgres"), `create database ${name} ${how}`);
    try {
      const { code, message } = await refusal(server.url(name));
      assert.equal(code, "invalid-config");
      assert.match(message, new RegExp(`keeps text as ${encoding}.*createdb --encoding=UTF8`));
      assert.deepEqual(await queryAt(server.url(name), "select 1 from pg_tables where schemaname = 'public'"), []);
    } finally {
      await queryAt(server.url("postgres"), `drop database ${name} with (force)`);
    }
  });
}
