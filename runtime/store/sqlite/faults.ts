import { RuntimeError } from "../../core/errors.ts";

/** SQLite's result codes that say that the storage, not the statement, is at fault; an extended code goes before its primary. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  5: "it is locked by another program",
  6: "it is locked",
  7: "there is not enough memory",
  8: "it is read-only",
  10: "reading or writing failed",
  13: "the disk is full",
  14: "it cannot be opened",
  [extended(10, 19)]: "there is no room for the index of its log",
};
const FSYNC_FAILED = "a write could not be brought to the disk (fsync failed)";
const CORRUPT: Readonly<Record<number, string>> = {
  11: "it is damaged",
  26: "it is not a database",
  [extended(8, 4)]: "its file was moved or deleted while it was open",
  [extended(10, 2)]: "its file is shorter than it must be",
  // After a failed fsync nobody knows what is on disk, and a second one may wrongly succeed.
  [extended(10, 4)]: FSYNC_FAILED,
  [extended(10, 5)]: FSYNC_FAILED,
  [extended(10, 32)]: "a page does not have the checksum it was written with",
  [extended(10, 33)]: "the file system says that it is damaged",
};
/** Codes after which room that is given up may help: full, a write refused (as by a quota), no room for the log's index. */
const WANTS_ROOM = [13, extended(10, 3), extended(10, 19)];

/** What an error of SQLite means for the store: undefined when the fault lies in the statement or its values. */
export function storageFault(thrown: unknown): RuntimeError | undefined {
  if (thrown instanceof RuntimeError) return isOfStorage(thrown) ? thrown : undefined;
  const errcode = sqliteCode(thrown);
  if (errcode === undefined) return undefined;
  const damage = CORRUPT[errcode] ?? CORRUPT[errcode & 0xff];
  if (damage !== undefined) {
    return new RuntimeError("storage-corrupt", `The database cannot be trusted any more: ${damage}`, { cause: thrown });
  }
  const trouble = UNAVAILABLE[errcode] ?? UNAVAILABLE[errcode & 0xff];
  if (trouble === undefined) return undefined;
  return new RuntimeError("storage-unavailable", `The database cannot be used now: ${trouble}`, {
    retryable: true,
    cause: thrown,
  });
}

/** Whether a fault of the storage may end when there is more room. */
export function wantsRoom(thrown: unknown): boolean {
  const errcode = sqliteCode(thrown) ?? (thrown instanceof RuntimeError ? sqliteCode(thrown.cause) : undefined);
  return errcode !== undefined && WANTS_ROOM.includes(errcode);
}

/** The same fault with the file it is of and what a person can do about it; anything else as it is. */
export function locatedFault(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof RuntimeError) || thrown.message.includes(path)) return thrown;
  const { code, retryable, cause } = thrown;
  const advice = ADVICE[code];
  if (advice === undefined) return thrown;
  return new RuntimeError(code, `${thrown.message} (${path}). ${advice}`, { retryable, cause: cause ?? thrown });
}

const ADVICE: Partial<Record<RuntimeError["code"], string>> = {
  "storage-unavailable": "Nothing was lost; when that is over, it can be used again as it is.",
  "storage-corrupt":
    "Keep the file, check the disk and the system's log of it, then start again; where the start says " +
    "the same, go back to a backup: deno task restore BACKUP",
};

/** What the system says of a folder or a file beside the database. */
export function unreachable(path: string, cause: unknown): RuntimeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError(
    "storage-unavailable",
    `The folder of the database ${path} cannot be used: ${reason}. It must exist, be writable by this user and have room`,
    { retryable: true, cause },
  );
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

function extended(primary: number, nth: number): number {
  return primary | nth << 8;
}

function isOfStorage({ code }: RuntimeError): boolean {
  return code === "storage-unavailable" || code === "storage-corrupt" || code === "fenced";
}
