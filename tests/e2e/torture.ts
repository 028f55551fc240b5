/**
 * All fault campaigns as one command. What it does is decided by one seed; what violates a promise ends it with exit
 * code 1, a list of examples and the command that does the same again.
 */
import { parseArgs } from "node:util";
import { chosenOf, say, whole } from "../support/campaign_choice.ts";
import { CAMPAIGNS } from "./torture_campaigns.ts";
import { type CampaignReport, runCampaign, table } from "./torture_report.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    only: { type: "string" },
    seed: { type: "string" },
    report: { type: "string" },
  },
});

const chosen = chosenOf(CAMPAIGNS, values.only);
const rounds = whole(values.rounds, "rounds", undefined);
const seed = whole(values.seed, "seed", 1 + Math.floor(Math.random() * 1e9));

say(`seed ${seed}`);
const reports: CampaignReport[] = [];
for (const campaign of chosen) {
  say(`${campaign.name}: ${campaign.shows}`);
  if (campaign.cannot !== undefined) {
    say(`  it cannot run here: ${campaign.cannot}`);
    continue;
  }
  reports.push(await runCampaign(campaign, { rounds: rounds ?? campaign.rounds, seed, tell: say }));
}
say(`\n${table(reports)}\n`);
if (values.report !== undefined) {
  await Deno.writeTextFile(values.report, JSON.stringify({ seed, campaigns: reports }, null, 2));
}
const failed = reports.filter(({ violations }) => violations > 0);
if (failed.length > 0) {
  const again = rounds === undefined ? "" : ` --rounds ${rounds}`;
  say(`Again: deno task torture --only ${failed.map(({ name }) => name).join(",")} --seed ${seed}${again}`);
  Deno.exit(1);
}
