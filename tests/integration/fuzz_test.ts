import assert from "node:assert/strict";
import { setupFuzz } from "../support/fuzz/rig.ts";
import { fuzz, FUZZ_CAMPAIGNS } from "./fuzz_campaigns.ts";

/** What `deno task fuzz` does at length; new inputs each time, and the message of a failure says how to have them again. */
const INPUTS: Readonly<Record<string, number>> = { bodies: 14_000, tables: 2_000, questions: 4_000 };

for (const campaign of FUZZ_CAMPAIGNS) {
  Deno.test(`${campaign.shows}, of ${INPUTS[campaign.name]} generated ones`, async () => {
    await using rig = await setupFuzz();
    const [seed, inputs] = [1 + Math.floor(Math.random() * 1e8), INPUTS[campaign.name]!];
    const { failure } = await fuzz(campaign, { rig, seed, inputs });
    assert.equal(
      failure,
      null,
      `${failure}\nAgain: deno task fuzz --only ${campaign.name} --seed ${seed} --inputs ${inputs}`,
    );
  });
}
