import assert from "node:assert/strict";
import { seededRandom } from "../../runtime/core/random.ts";
import { PATIENCE_MS } from "../support/deadline.ts";
import { nodesRounds } from "./nodes_rounds.ts";
import { described } from "./torture_report.ts";

const SEED = 20_261_128;
/** So many things must at least have been compared. */
const CHECKS = 2_000;

/** The campaign in its smallest size: each fault once. How fast nodes resume is measured where nothing else runs beside. */
const campaign = nodesRounds({ nodes: 3, readers: 20, quietMs: 300, jobs: 150, withinMs: PATIENCE_MS });

Deno.test(`nodes: ${campaign.shows}`, async () => {
  const { findings } = await campaign.run({ rounds: 1, random: seededRandom(SEED), tell: () => {} });
  const violated = findings.filter((finding) => finding.violated > 0);
  assert.equal(violated.length, 0, `Violated:\n  ${violated.map(described).join("\n  ")}`);
  const checked = findings.reduce((sum, finding) => sum + finding.checked, 0);
  assert.ok(checked >= CHECKS, `Only ${checked} things were compared`);
});
