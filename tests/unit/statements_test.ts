import assert from "node:assert/strict";
import type { Kysely } from "kysely";
import { bindArguments, compileRows, compileStatement } from "../../runtime/store/statements.ts";
import { sqliteCompiler } from "../../runtime/store/sqlite/dialect.ts";

interface Schema {
  parcels: { tenant: string; id: string; scannedAt: number | null; done: number };
}

type Scan = { tenant: string; id: string; scannedAt: number };

const db: Kysely<Schema> = sqliteCompiler();

Deno.test("compileStatement() keeps arguments by name and constants as they are", () => {
  const statement = compileStatement(
    db,
    (db, { tenant, id, scannedAt }: Scan) => db.insertInto("parcels").values({ tenant, id, scannedAt, done: 0 }),
  );
  assert.equal(statement.sql, `insert into "parcels" ("tenant", "id", "scanned_at", "done") values (?, ?, ?, ?)`);
  assert.deepEqual(bindArguments(statement, { id: "p", scannedAt: 7, tenant: "acme" }), ["acme", "p", 7, 0]);
});

Deno.test("compileStatement() binds an argument in every place where it is used", () => {
  const statement = compileStatement(
    db,
    (db, { tenant, id, scannedAt }: Scan) =>
      db.updateTable("parcels").set({ scannedAt, done: 1 })
        .where("tenant", "=", tenant).where("id", "=", id)
        .where((or) => or.or([or("scannedAt", "is", null), or("scannedAt", "<", scannedAt)])),
  );
  assert.deepEqual(bindArguments(statement, { tenant: "acme", id: "p", scannedAt: 7 }), [7, 1, "acme", "p", 7]);
});

Deno.test("compileStatement() refuses a text that an argument was made part of", () => {
  const build = (db: Kysely<Schema>, { tenant, id }: Scan) =>
    db.deleteFrom("parcels").where("tenant", "=", tenant).where("id", "like", `${id}%`);
  assert.throws(() => compileStatement(db, build), TypeError);
});

Deno.test("compileStatement() refuses a constant that SQLite cannot bind", () => {
  const build = (db: Kysely<Schema>) => db.deleteFrom("parcels").where("done", "=", true as unknown as number);
  assert.throws(() => compileStatement(db, build), /boolean/);
});

Deno.test("bindArguments() refuses a missing argument, which SQLite would take as NULL", () => {
  const statement = compileStatement(
    db,
    (db, { tenant, id }: Scan) => db.deleteFrom("parcels").where("tenant", "=", tenant).where("id", "=", id),
  );
  assert.throws(() => bindArguments(statement, { tenant: "acme" }), /argument id is missing/);
});

Deno.test("compileStatement() compiles once what is declared once, for each database and number of rows", () => {
  let built = 0;
  const build = (db: Kysely<Schema>, rows: readonly Scan[]) => {
    built++;
    return db.insertInto("parcels").values(rows.map(({ tenant, id }) => ({ tenant, id, scannedAt: null, done: 0 })));
  };
  const other: Kysely<Schema> = sqliteCompiler();
  const statements = [db, other, db, other].map((on) => [1, 8].map((rows) => compileRows(on, build, { rows })));
  assert.equal(built, 4);
  assert.equal(statements[0]![0], statements[2]![0]);
  assert.notEqual(statements[0]![0], statements[1]![0]);
  assert.notEqual(statements[0]![0]!.sql, statements[0]![1]!.sql);
});
