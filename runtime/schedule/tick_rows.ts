import type { RowWrite } from "../actor/journal.ts";
import type { SqlValue } from "../actor/tables.ts";
import type { Tick } from "./contract.ts";
import { scheduleTables } from "./tables.ts";

/** A write of the schedules' tables, on its way to the store. */
export function rowWrite(
  write: keyof typeof scheduleTables.writes,
  args: Readonly<Record<string, SqlValue>>,
): RowWrite {
  return { tables: scheduleTables.name, write, args };
}

/** The row of the ledger that tells of a tick. */
export function tickRow(schedule: string, tick: Tick): RowWrite {
  return rowWrite("ticked", { schedule, ...tick });
}
