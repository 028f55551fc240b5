import type { DatabaseSync } from "node:sqlite";
import type { TestDatabase } from "./postgres.ts";

/** Of the runtime and of the notes. */
const TABLES = [
  ...["messages", "actors", "event_log", "tenants", "dead_letters", "idempotency_keys", "blobs", "blob_chunks"],
  ...["supervision", "paused_kinds", "notes"],
];

/** Puts the rows of a SQLite database into the same tables of a Postgres, in place of those that were there. */
export async function copyRows(from: DatabaseSync, to: TestDatabase): Promise<void> {
  for (const table of TABLES) {
    const rows = from.prepare(`select * from ${table}`).all() as Record<string, unknown>[];
    await to.query(`delete from ${table}`);
    if (rows.length === 0) continue;
    await to.query(
      `insert into ${table} (${Object.keys(rows[0]!).join(", ")})
        select ${Object.keys(rows[0]!).join(", ")} from jsonb_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(rows.map(written))],
    );
  }
}

function written(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `\\x${value.toHex()}` : value,
    ]),
  );
}
