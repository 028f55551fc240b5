import assert from "node:assert/strict";
import { setupFuzz } from "../support/fuzz/rig.ts";
import fc from "../support/properties.ts";
import { fuzz, FUZZ_CAMPAIGNS } from "./fuzz_campaigns.ts";

/**
 * What `deno task fuzz` does at length, with new inputs each time; here they are those of the suite's seed, and the message
 * of a failure says how to have them again.
 */
const INPUTS: Readonly<Record<string, number>> = { bodies: 7_000, tables: 1_000, questions: 2_000 };

for (const campaign of FUZZ_CAMPAIGNS) {
  Deno.test(`${campaign.shows}, of ${INPUTS[campaign.name]} generated ones`, async () => {
    await using rig = await setupFuzz();
    const seed = fc.readConfigureGlobal().seed ?? 1 + Math.floor(Math.random() * 1e8);
    const inputs = INPUTS[campaign.name]!;
    const { failure } = await fuzz(campaign, { rig, seed, inputs });
    assert.equal(
      failure,
      null,
      `${failure}\nAgain: deno task fuzz --only ${campaign.name} --seed ${seed} --inputs ${inputs}`,
    );
  });
}
