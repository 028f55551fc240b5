import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { judge } from "./oracle.ts";
import { SimulatedNode } from "./node.ts";
import { play } from "./play.ts";
import { type Scenario, scenario } from "./workload.ts";

/** `MAILROOM_SIMULATIONS=5000 deno task test tests/simulation/` looks further than the suite does. */
const RUNS = Number(Deno.env.get("MAILROOM_SIMULATIONS") ?? 50);

/** Everything that can be told of a run. */
async function historyOf(played: Scenario): Promise<unknown> {
  using node = await SimulatedNode.open(played);
  const asks = await play(node, played);
  return { asks, history: node.history, read: node.read };
}

Deno.test("createSystem() keeps its promises whatever dies, fails or is slow (P1, P3, P5, P8, P9, P14)", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (played) => {
      using node = await SimulatedNode.open(played);
      await judge(node, await play(node, played));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("createSystem() does the same for the same seed (P29)", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (played) => assert.deepEqual(await historyOf(played), await historyOf(played))),
    { numRuns: Math.ceil(RUNS / 10) },
  );
});
