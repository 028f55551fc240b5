/**
 * All fault campaigns as one command. What it does is decided by one seed; what violates a promise ends it with exit
 * code 1, a list of examples and the command that does the same again. With `--nodes` it is the campaign of so many nodes
 * on one Postgres; without, all those of one node on SQLite.
 */
import { parseArgs } from "node:util";
import { chosenOf, say, whole } from "../support/campaign_choice.ts";
import { nodesRounds } from "./nodes_rounds.ts";
import { CAMPAIGNS } from "./torture_campaigns.ts";
import { type CampaignReport, runCampaign, table } from "./torture_report.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string" },
    rounds: { type: "string" },
    only: { type: "string" },
    seed: { type: "string" },
    report: { type: "string" },
  },
});

const nodes = whole(values.nodes, "nodes", undefined);
const chosen = nodes === undefined ? chosenOf(CAMPAIGNS, values.only) : [nodesRounds({ nodes })];
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
  const which = nodes === undefined ? `--only ${failed.map(({ name }) => name).join(",")}` : `--nodes ${nodes}`;
  say(`Again: deno task torture ${which} --seed ${seed}${again}`);
  Deno.exit(1);
}
