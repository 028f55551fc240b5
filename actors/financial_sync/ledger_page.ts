import { z } from "zod";
import { defineJob } from "../authoring.ts";
import { entriesText } from "./entry_writes.ts";
import { ledgerEntry, MOST_ENTRIES } from "./ledger_entry.ts";
import { financialTables } from "./tables.ts";

const { writes } = financialTables;

/** Takes over a page of the ledger: its entries and what they change of the daily totals, in one commit. */
export const ledgerPage = defineJob({
  type: "ledger-page",
  // What it is given is booked as the ledger's own: only who has read that may say it.
  internal: true,
  payload: z.strictObject({ entries: z.array(ledgerEntry).min(1).max(MOST_ENTRIES) }),
  result: z.object({ entries: z.int(), from: z.int(), to: z.int() }),
  tables: [financialTables],
  run({ entries }, ctx) {
    const rows = { entries: entriesText(entries), at: ctx.now() };
    for (const write of [writes.touched, writes.counted, writes.booked]) ctx.write(write, rows);
    const positions = entries.map(({ position }) => position);
    return { entries: entries.length, from: Math.min(...positions), to: Math.max(...positions) };
  },
});
