import { DatabaseSync } from "node:sqlite";

/** How long a write waits for another program that holds the file; in the writer's thread, so it blocks no one else. */
const WRITER_BUSY_MS = 1_000;
const READER_BUSY_MS = 250;
/** Of the writer, whose largest commits change about 4 MiB; what does not fit here is in the system's cache. */
const CACHE_KIB = 16 * 1024;
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** `full`: a commit is on disk when it returns. `off`: for files that nobody will miss. */
export type Sync = "full" | "off";

/** The one connection that writes; whoever has it sees to its checkpoints. */
export function openWriterConnection(path: string, sync: Sync): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: WRITER_BUSY_MS, enableForeignKeyConstraints: true });
  try {
    for (
      const pragma of [
        "journal_mode = wal",
        `synchronous = ${sync}`,
        `cache_size = -${CACHE_KIB}`,
        "temp_store = memory",
        "wal_autocheckpoint = 0",
        `journal_size_limit = ${WAL_LIMIT_BYTES}`,
        "trusted_schema = off",
      ]
    ) db.prepare(`pragma ${pragma}`).all();
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** A connection that sees each commit as soon as it is made, as long as no statement of its own is half read. */
export function openReaderConnection(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: READER_BUSY_MS });
}
