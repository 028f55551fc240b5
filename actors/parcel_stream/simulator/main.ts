/**
 * The simulator as a process of its own: `deno run -A actors/parcel_stream/simulator/main.ts --seed 1 --events 8000
 * --parcels 400 --faults 'serverError=30&limited=10'`. It says on one line of JSON where it listens, is asked and told
 * under `/simulator` (control.ts), and ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { faultsOf } from "./control.ts";
import { openScanSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    events: { type: "string", default: "8000" },
    parcels: { type: "string", default: "400" },
    port: { type: "string", default: "0" },
    released: { type: "string" },
    malformed: { type: "string" },
    holes: { type: "string" },
    hangMs: { type: "string" },
    faults: { type: "string", default: "" },
  },
});

const { url } = await openScanSimulator({
  seed: Number(values.seed),
  events: Number(values.events),
  parcels: Number(values.parcels),
  port: Number(values.port),
  faults: faultsOf(new URLSearchParams(values.faults)),
  ...values.released === undefined ? {} : { released: Number(values.released) },
  ...values.malformed === undefined ? {} : { malformedPerMille: Number(values.malformed) },
  ...values.holes === undefined ? {} : { holesPerMille: Number(values.holes) },
  ...values.hangMs === undefined ? {} : { hangMs: Number(values.hangMs) },
});
for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => Deno.exit(0));
// deno-lint-ignore no-console -- a program that says where it is
console.log(JSON.stringify({ message: "ready", url }));
