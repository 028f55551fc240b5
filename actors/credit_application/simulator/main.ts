/**
 * The simulator as a process of its own: `deno run -A actors/credit_application/simulator/main.ts --port 9300 --faults
 * 'serverError=30&lost=20'`. It says on one line of JSON where it listens, and ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { openCreditBureau } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    port: { type: "string", default: "0" },
    faults: { type: "string", default: "" },
  },
});

const { url } = await openCreditBureau({
  seed: Number(values.seed),
  port: Number(values.port),
  faults: Object.fromEntries(Array.from(new URLSearchParams(values.faults), ([name, value]) => [name, Number(value)])),
});
for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => Deno.exit(0));
// deno-lint-ignore no-console -- a program that says where it is
console.log(JSON.stringify({ message: "ready", url }));
