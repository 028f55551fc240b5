import * as fc from "fast-check";
import { judge } from "./oracle.ts";
import { SimulatedNode } from "./node.ts";
import { play } from "./play.ts";
import { scenario } from "./workload.ts";

/** `MAILROOM_SIMULATIONS=5000 deno task test tests/simulation/` looks further than the suite does. */
const RUNS = Number(Deno.env.get("MAILROOM_SIMULATIONS") ?? 50);

Deno.test("createSystem() keeps its promises whatever dies, fails or is slow (P1, P3, P5, P8, P9, P14)", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (played) => {
      using node = await SimulatedNode.open(played.seed, played.faults);
      await judge(node, await play(node, played));
    }),
    { numRuns: RUNS },
  );
});
