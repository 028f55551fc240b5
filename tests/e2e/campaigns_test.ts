import assert from "node:assert/strict";
import { seededRandom } from "../../runtime/core/random.ts";
import { actionRounds } from "./action_rounds.ts";
import { carefulRounds, FATAL } from "./careful_rounds.ts";
import { catalogRounds } from "./catalog_rounds.ts";
import { channelRounds } from "./channel_rounds.ts";
import { culpritRounds } from "./culprit_rounds.ts";
import { damageRounds } from "./damage_rounds.ts";
import { importRounds } from "./import_rounds.ts";
import { killRounds } from "./kill_rounds.ts";
import { ledgerRounds } from "./ledger_rounds.ts";
import { lossRounds } from "./loss_rounds.ts";
import { migrationRounds } from "./migration_rounds.ts";
import { orderRounds } from "./order_rounds.ts";
import { parcelRounds } from "./parcel_rounds.ts";
import { parkingRounds } from "./parking_rounds.ts";
import { poisonRounds } from "./poison_rounds.ts";
import { readerRounds } from "./reader_rounds.ts";
import { secondRounds } from "./second_rounds.ts";
import { stopRounds } from "./stop_rounds.ts";
import { DAMAGES } from "./storage_damage.ts";
import { fullDiskRounds, lockedRounds, readOnlyRounds } from "./storage_rounds.ts";
import type { Campaign } from "./torture_campaign.ts";
import { described } from "./torture_report.ts";
import { uploadRounds } from "./upload_rounds.ts";

const MEBIBYTE = 1024 * 1024;
const SEED = 20_261_122;

/** Every campaign in its smallest size that still proves something, and how many things it must at least have compared. */
const SHORT: readonly { campaign: Campaign; rounds: number; checks: number }[] = [
  { campaign: killRounds({ lifeMs: 600 }), rounds: 3, checks: 150 },
  { campaign: stopRounds({ lifeMs: 400 }), rounds: 2, checks: 60 },
  { campaign: lossRounds({ lifeMs: 800 }), rounds: 2, checks: 20 },
  { campaign: culpritRounds({ ways: ["spin"], stubborn: ["heap"], healthP99Ms: 2_000 }), rounds: 1, checks: 50 },
  { campaign: carefulRounds({ fatal: [FATAL[0]] }), rounds: 1, checks: 20 },
  { campaign: parkingRounds({ idleMs: 600 }), rounds: 1, checks: 6 },
  { campaign: poisonRounds({ jobs: 500, jobsPerSecond: 1_000, noiseMs: 2_000 }), rounds: 1, checks: 2_000 },
  { campaign: readerRounds({ readers: 20, roundMs: 1_500 }), rounds: 1, checks: 40 },
  { campaign: channelRounds({ readers: 20, events: 400, longestMs: 800 }), rounds: 1, checks: 120 },
  { campaign: importRounds({ bytes: 2 * MEBIBYTE }), rounds: 1, checks: 5 },
  {
    campaign: parcelRounds({ events: 1_000, parcels: 60, kills: 2, lifeMs: 300, retryAfterSeconds: 2 }),
    rounds: 1,
    checks: 400,
  },
  { campaign: ledgerRounds({ entries: 1_000, kills: 1, lifeMs: 300 }), rounds: 1, checks: 2_000 },
  { campaign: orderRounds({ orders: 300, tenants: 3, lifeMs: 600 }), rounds: 1, checks: 910 },
  { campaign: catalogRounds({ windowMs: 3_000, brands: 12 }), rounds: 2, checks: 300 },
  {
    campaign: uploadRounds({ tenants: 3, uploads: 10, rows: 200, steadyMs: 0, largeMib: 0, broken: false }),
    rounds: 1,
    checks: 2_000,
  },
  { campaign: actionRounds({ tenants: 2, actions: 600, customers: 20, lifeMs: 800 }), rounds: 1, checks: 2_000 },
  { campaign: fullDiskRounds(), rounds: 2, checks: 50 },
  { campaign: lockedRounds(), rounds: 2, checks: 50 },
  { campaign: readOnlyRounds(), rounds: 1, checks: 50 },
  { campaign: secondRounds(), rounds: 1, checks: 5 },
  { campaign: damageRounds(), rounds: DAMAGES.length, checks: 500 },
  { campaign: migrationRounds({ only: ["2026-11-22-runtime", "2026-11-23-job-retention"] }), rounds: 1, checks: 8 },
];

for (const { campaign, rounds, checks } of SHORT) {
  const name = `${campaign.name}: ${campaign.shows}`;
  const shortForm = async () => {
    const { findings } = await campaign.run({ rounds, random: seededRandom(SEED), tell: () => {} });
    const violated = findings.filter((finding) => finding.violated > 0);
    assert.equal(violated.length, 0, `Violated:\n  ${violated.map(described).join("\n  ")}`);
    const checked = findings.reduce((sum, finding) => sum + finding.checked, 0);
    assert.ok(checked >= checks, `Only ${checked} things were compared`);
  };
  const { cannot } = campaign;
  Deno.test({
    name: cannot === undefined ? name : `${name} (skipped: ${cannot})`,
    ignore: cannot !== undefined,
    fn: shortForm,
  });
}
