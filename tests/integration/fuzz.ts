/**
 * Generated bad input at length, for a night. Which inputs come is decided by one seed; what is answered as it must not
 * be ends this with exit code 1 and the command that does the same again.
 */
import { parseArgs } from "node:util";
import { chosenOf, say, whole } from "../support/campaign_choice.ts";
import { setupFuzz, setupServedFuzz } from "../support/fuzz/rig.ts";
import { fuzz, FUZZ_CAMPAIGNS } from "./fuzz_campaigns.ts";

/** Of one rig: its file is thrown away with it. */
const SLICE = 10_000;
/** One slice of so many goes to the real server in a process of its own; which, its seed says. */
const SERVED_EVERY = 20;

const { values } = parseArgs({
  options: { inputs: { type: "string" }, only: { type: "string" }, seed: { type: "string" } },
});

const chosen = chosenOf(FUZZ_CAMPAIGNS, values.only);
const seed = whole(values.seed, "seed", 1 + Math.floor(Math.random() * 1e8));

for (const campaign of chosen) {
  const inputs = whole(values.inputs, "inputs", campaign.inputs);
  say(`${campaign.name}: ${campaign.shows}`);
  const answered = new Map<string, number>();
  // Each slice is a run of its own: the seed that is told does it again alone.
  for (let done = 0; done < inputs; done += SLICE) {
    const [own, count] = [seed + done / SLICE, Math.min(SLICE, inputs - done)];
    const begunAt = performance.now();
    const isServed = own % SERVED_EVERY === 0;
    await using rig = await (isServed ? setupServedFuzz() : setupFuzz());
    const { tally, failure } = await fuzz(campaign, { rig, seed: own, inputs: count });
    if (failure !== null) {
      say(`  FAILED\n${failure}\nAgain: deno task fuzz --only ${campaign.name} --seed ${own} --inputs ${count}`);
      Deno.exit(1);
    }
    for (const [what, times] of tally) answered.set(what, (answered.get(what) ?? 0) + times);
    const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);
    const where = isServed ? "over the wire, " : "";
    say(`  ${campaign.name} ${done + count}/${inputs} seed ${own} ${where}${seconds} s`);
  }
  say(`  ${[...answered].sort().map(([what, times]) => `${times} x ${what}`).join(", ")}`);
}
