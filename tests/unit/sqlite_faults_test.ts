import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { locatedFault, storageFault, wantsRoom } from "../../runtime/store/sqlite/faults.ts";

const thrown = (errcode: number) => Object.assign(new Error("as SQLite says it"), { errcode });
const extended = (primary: number, nth: number) => primary | nth << 8;

const FAULTS: readonly [what: string, errcode: number, code: string | undefined, says?: RegExp][] = [
  ["busy", 5, "storage-unavailable", /locked by another program/],
  ["a busy snapshot", extended(5, 2), "storage-unavailable", /locked by another program/],
  ["read-only", 8, "storage-unavailable", /read-only/],
  ["a read-only folder", extended(8, 6), "storage-unavailable", /read-only/],
  ["a write error", extended(10, 3), "storage-unavailable", /reading or writing failed/],
  ["a full disk", 13, "storage-unavailable", /disk is full/],
  ["no room for the index of the log", extended(10, 19), "storage-unavailable", /no room/],
  ["a file that cannot be opened", 14, "storage-unavailable", /cannot be opened/],
  ["a damaged page", 11, "storage-corrupt", /damaged/],
  ["a damaged index", extended(11, 3), "storage-corrupt", /damaged/],
  ["no database", 26, "storage-corrupt", /not a database/],
  ["a failed fsync", extended(10, 4), "storage-corrupt", /fsync failed/],
  ["a failed fsync of the folder", extended(10, 5), "storage-corrupt", /fsync failed/],
  ["a file that was cut", extended(10, 2), "storage-corrupt", /shorter/],
  ["a file that was moved away", extended(8, 4), "storage-corrupt", /moved or deleted/],
  ["a broken constraint", extended(19, 6), undefined],
  ["a faulty statement", 1, undefined],
];

for (const [what, errcode, code, says] of FAULTS) {
  Deno.test(`storageFault() says ${code ?? "nothing"} for ${what}`, () => {
    const fault = storageFault(thrown(errcode));
    assert.equal(fault?.code, code);
    if (says !== undefined) assert.match(fault!.message, says);
    assert.equal(fault?.retryable, code === undefined ? undefined : code === "storage-unavailable");
  });
}

Deno.test("wantsRoom() holds for a full disk and what a quota or a full disk is called elsewhere, wrapped or not", () => {
  const room = [13, extended(10, 3), extended(10, 19)];
  for (const errcode of room) {
    assert.ok(wantsRoom(thrown(errcode)) && wantsRoom(storageFault(thrown(errcode))), `${errcode}`);
  }
  for (const errcode of [5, 8, 11, extended(10, 4)]) assert.ok(!wantsRoom(storageFault(thrown(errcode))), `${errcode}`);
  assert.ok(!wantsRoom(new Error("anything")) && !wantsRoom(undefined));
});

Deno.test("locatedFault() names the file and what to do, once, and leaves other errors as they are", () => {
  const fault = locatedFault(storageFault(thrown(11)), "/data/mailroom.db") as RuntimeError;
  assert.match(fault.message, /damaged \(\/data\/mailroom\.db\)\. .*deno task restore/);
  assert.equal(locatedFault(fault, "/data/mailroom.db"), fault);
  const other = new RuntimeError("conflict", "not of the storage");
  assert.equal(locatedFault(other, "/data/mailroom.db"), other);
});
