import assert from "node:assert/strict";
import { migrationRounds } from "./migration_rounds.ts";

Deno.test("a migration that is killed leaves my file as it was or as it will be, and the next start goes on", async () => {
  const report = await migrationRounds({ kills: 6, only: ["2026-11-22-runtime", "2026-11-23-job-retention"] });
  assert.deepEqual({ steps: report.steps, between: report.between, stuck: report.stuck }, {
    steps: 2,
    between: 0,
    stuck: 0,
  });
  assert.ok(report.kills >= 12 - report.missed && report.old > 0, JSON.stringify(report));
});
