import { type Kysely, type RawBuilder, sql } from "kysely";
import { engineOf } from "../authoring.ts";
import { dayOf, type LedgerEntry } from "./ledger_entry.ts";
import type { FinancialDatabase } from "./rows.ts";

/** What an entry has in the text of a page, in this order. */
const COLUMNS = [
  ["id", "text"],
  ["position", "bigint"],
  ["account", "text"],
  ["amount", "bigint"],
  ["currency", "text"],
  ["booked_at", "bigint"],
  ["day", "text"],
] as const;

/** Of one table: what `entriesIn` reads. Each id once. */
export interface EntriesText {
  /** A list of lists of values: the rows of a page travel as one argument. */
  readonly entries: string;
  /** Ms since the epoch. */
  readonly at: number;
}

/** Of several entries with one id the last one counts. */
export function entriesText(entries: readonly LedgerEntry[]): string {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return JSON.stringify([...byId.values()].map((entry) => [
    entry.id,
    entry.position,
    entry.account,
    entry.amount,
    entry.currency,
    Date.parse(entry.bookedAt),
    dayOf(entry),
  ]));
}

/** The rows of such a text, with the names of the columns of `transactions`, as a table to select from. */
export function entriesIn(db: Kysely<FinancialDatabase>, entries: string): RawBuilder<unknown> {
  const isPostgres = engineOf(db) === "postgres";
  const value = (index: number, type: string) => isPostgres ? `(value ->> ${index})::${type}` : `value ->> ${index}`;
  const columns = sql.raw(COLUMNS.map(([name, type], index) => `${value(index, type)} as ${name}`).join(", "));
  return isPostgres
    ? sql`(select ${columns} from json_array_elements(cast(${entries} as json)))`
    : sql`(select ${columns} from jsonb_each(${entries}))`;
}
