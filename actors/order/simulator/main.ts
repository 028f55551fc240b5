/**
 * The simulator as a process of its own: `deno run -A actors/order/simulator/main.ts --port 9400 --faults
 * 'serverError=200&hang=20'`. It says on one line of JSON where it listens, and ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { openCardSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    port: { type: "string", default: "0" },
    hangMs: { type: "string" },
    faults: { type: "string", default: "" },
  },
});

const { url } = await openCardSimulator({
  seed: Number(values.seed),
  port: Number(values.port),
  faults: Object.fromEntries(Array.from(new URLSearchParams(values.faults), ([name, value]) => [name, Number(value)])),
  ...values.hangMs === undefined ? {} : { hangMs: Number(values.hangMs) },
});
for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => Deno.exit(0));
// deno-lint-ignore no-console -- a program that says where it is
console.log(JSON.stringify({ message: "ready", url }));
