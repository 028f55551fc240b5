/** So many times the runs of the suite, for properties of a store that each take a while: 3 in the long form. */
const TIMES = Number(Deno.env.get("STORE_RUNS") ?? 1);

/** The runs of a property in the suite; in the long form, `STORE_RUNS=3`, the multiple of that. */
export function storeRuns(runs: number): number {
  return runs * TIMES;
}
