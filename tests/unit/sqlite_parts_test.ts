import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { entryFault, storageFault } from "../../runtime/store/sqlite/faults.ts";
import { parseDatabaseUrl } from "../../runtime/store/sqlite/url.ts";

for (
  const [errcode, code] of [
    [5, "storage-unavailable"],
    [517, "storage-unavailable"],
    [6, "storage-unavailable"],
    [7, "storage-unavailable"],
    [8, "storage-unavailable"],
    [10, "storage-unavailable"],
    [13, "storage-unavailable"],
    [14, "storage-unavailable"],
    [1034, "storage-corrupt"],
    [1290, "storage-corrupt"],
    [11, "storage-corrupt"],
    [26, "storage-corrupt"],
  ] as const
) {
  Deno.test(`storageFault() answers ${code} when SQLite says ${errcode}`, () => {
    const fault = storageFault(sqliteError(errcode));
    assert.equal(fault?.code, code);
    assert.equal(fault?.retryable, code === "storage-unavailable");
  });
}

Deno.test("storageFault() answers nothing when a statement or its values are at fault", () => {
  for (const errcode of [1, 19, 1299, 1555, 3091]) assert.equal(storageFault(sqliteError(errcode)), undefined);
  assert.equal(storageFault(new TypeError("no")), undefined);
  assert.equal(storageFault(new RuntimeError("conflict", "no")), undefined);
  assert.equal(storageFault(undefined), undefined);
});

Deno.test("entryFault() tells what the database refused from what never reached it", () => {
  assert.equal(entryFault(sqliteError(1555), "append").code, "constraint");
  assert.equal(entryFault(new TypeError("no"), "append").code, "internal");
  assert.equal(entryFault(new RuntimeError("conflict", "no"), "append").code, "conflict");
});

Deno.test("parseDatabaseUrl() answers the path of a file", () => {
  for (const path of ["./data/mailroom.db", "/var/lib/mailroom.db", "mailroom.db", ":memory:"]) {
    assert.deepEqual(parseDatabaseUrl(`sqlite:${path}`), { engine: "sqlite", path });
  }
});

for (
  const url of ["postgres://user:secret@host/db", "sqlite:", "sqlite://host/db", "sqlite:data/", "", "mailroom.db"]
) {
  Deno.test(`parseDatabaseUrl() refuses ${JSON.stringify(url)}`, () => {
    assert.throws(() => parseDatabaseUrl(url), (thrown: unknown) => {
      assert.ok(thrown instanceof RuntimeError && thrown.code === "invalid-config");
      assert.doesNotMatch(thrown.message, /secret/);
      return true;
    });
  });
}

function sqliteError(errcode: number): Error {
  return Object.assign(new Error("said by SQLite"), { code: "ERR_SQLITE_ERROR", errcode });
}
