/**
 * The simulator as a process of its own: `deno run -A actors/catalog/simulator/main.ts --brands 500 --products 40 --faults
 * 'serverError=30&limited=10'`. It says on one line of JSON what to set, is asked and told under `/simulator` (control.ts), and
 * ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { faultsOf } from "./control.ts";
import { openCatalogSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    brands: { type: "string", default: "20" },
    products: { type: "string", default: "10" },
    categories: { type: "string", default: "8" },
    descriptionChars: { type: "string", default: "40" },
    windowMs: { type: "string", default: "3600000" },
    port: { type: "string", default: "0" },
    faults: { type: "string", default: "" },
  },
});

const { env } = await openCatalogSimulator({
  seed: Number(values.seed),
  brands: Number(values.brands),
  productsOfBrand: Number(values.products),
  categories: Number(values.categories),
  descriptionChars: Number(values.descriptionChars),
  windowMs: Number(values.windowMs),
  port: Number(values.port),
  faults: faultsOf(new URLSearchParams(values.faults)),
});
for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => Deno.exit(0));
// deno-lint-ignore no-console -- a program that says where it is
console.log(JSON.stringify({ message: "ready", env }));
