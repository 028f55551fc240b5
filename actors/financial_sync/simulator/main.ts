/**
 * The simulator as a process of its own: `deno run -A actors/financial_sync/simulator/main.ts --seed 1 --entries 10000
 * --faults 'serverError=30&limited=10'`. It says on one line of JSON where it listens, is asked and told under `/simulator`
 * (control.ts), and ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { faultsOf } from "./control.ts";
import { openLedgerSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    entries: { type: "string", default: "2000" },
    accounts: { type: "string", default: "12" },
    days: { type: "string", default: "10" },
    port: { type: "string", default: "0" },
    released: { type: "string" },
    hangMs: { type: "string" },
    faults: { type: "string", default: "" },
  },
});

const { url } = await openLedgerSimulator({
  seed: Number(values.seed),
  entries: Number(values.entries),
  accounts: Number(values.accounts),
  days: Number(values.days),
  port: Number(values.port),
  faults: faultsOf(new URLSearchParams(values.faults)),
  ...values.released === undefined ? {} : { released: Number(values.released) },
  ...values.hangMs === undefined ? {} : { hangMs: Number(values.hangMs) },
});
for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => Deno.exit(0));
// deno-lint-ignore no-console -- a program that says where it is
console.log(JSON.stringify({ message: "ready", url }));
