import { RuntimeError } from "../../core/errors.ts";

/** SQLite's primary result codes that say that the storage, not the statement, is at fault. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: "it is locked by another program",
  6: "it is locked",
  7: "there is not enough memory",
  8: "it is read-only",
  10: "reading or writing failed",
  13: "the disk is full",
  14: "it cannot be opened",
};
const CORRUPT: Readonly<Record<number, string>> = {
  11: "it is damaged",
  26: "it is not a database",
};
/** Extended codes: after a failed fsync nobody knows what is on disk, and a second one may wrongly succeed. */
const FSYNC_FAILED = [10 | 4 << 8, 10 | 5 << 8];

/** What an error of SQLite means for the store: undefined when the fault lies in the statement or its values. */
export function storageFault(thrown: unknown): RuntimeError | undefined {
  if (thrown instanceof RuntimeError) return isOfStorage(thrown) ? thrown : undefined;
  const errcode = sqliteCode(thrown);
  if (errcode === undefined) return undefined;
  if (FSYNC_FAILED.includes(errcode)) return corrupt("a write could not be brought to the disk", thrown);
  const primary = errcode & 0xff;
  const damage = CORRUPT[primary];
  if (damage !== undefined) return corrupt(damage, thrown);
  const trouble = UNAVAILABLE[primary];
  if (trouble === undefined) return undefined;
  return new RuntimeError("storage-unavailable", `The database cannot be used now: ${trouble}`, {
    retryable: true,
    cause: thrown,
  });
}

/** An error inside one entry, as what that entry is refused with: never worth the same try again. */
export function entryFault(thrown: unknown, what: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = sqliteCode(thrown) === undefined ? "internal" : "constraint";
  return new RuntimeError(code, `The store refused ${what}: ${message}`, { cause: thrown });
}

/** The extended result code; errors of `exec` bear none, so nothing here uses it where a code is needed. */
function sqliteCode(thrown: unknown): number | undefined {
  const { errcode } = (thrown ?? {}) as { readonly errcode?: unknown };
  return typeof errcode === "number" ? errcode : undefined;
}

function isOfStorage({ code }: RuntimeError): boolean {
  return code === "storage-unavailable" || code === "storage-corrupt" || code === "fenced";
}

function corrupt(damage: string, cause: unknown): RuntimeError {
  return new RuntimeError(
    "storage-corrupt",
    `The database cannot be trusted any more: ${damage}. Stop, check the disk, and start again from a backup if need be.`,
    { cause },
  );
}
