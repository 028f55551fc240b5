import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import type { JobRow } from "../../actors/job/rows.ts";
import { JOB_STATUSES, viewOf, viewText } from "../../routes/job_view.ts";
import type { System } from "../../runtime/mod.ts";

const system: Pick<System, "control"> = {
  control: {
    isPaused: (tenant: string, kind: string) => tenant === "acme" && kind === "report",
  } as unknown as System["control"],
};
const instant = fc.integer({ min: 0, max: 4e12 });
const json = fc.json();
const failure = fc.record({ code: fc.constantFrom("handler-failed", "timed-out"), message: fc.string() })
  .map((error) => JSON.stringify(error));

const row: fc.Arbitrary<JobRow> = fc.record({
  tenant: fc.constantFrom("acme", "zen"),
  id: fc.constant("01JD9ZK5T3M6X8QV2N4B7C1RSW"),
  type: fc.constantFrom("report", "import"),
  status: fc.constantFrom(...JOB_STATUSES),
  run: fc.nat(),
  attempts: fc.nat(),
  crashes: fc.nat(),
  maxAttempts: fc.nat(),
  priority: fc.integer(),
  payload: json,
  timeoutMs: fc.nat(),
  dedupeKey: fc.option(fc.string()),
  batchId: fc.option(fc.constant("01JD9ZK5T3M6X8QV2N4B7C1RSW.children")),
  createdBy: fc.string(),
  createdAt: instant,
  runAt: instant,
  startedAt: fc.option(instant),
  finishedAt: fc.option(instant),
  progress: fc.option(json),
  result: fc.option(json),
  error: fc.option(failure),
  lastError: fc.option(failure),
});

Deno.test("viewText() is the JSON of viewOf(), member for member in the same order", () => {
  fc.assert(fc.property(row, (row) => {
    const view = viewOf(system, row);
    assert.deepEqual(JSON.parse(viewText(system, row)), JSON.parse(JSON.stringify(view)));
    assert.deepEqual(Object.keys(JSON.parse(viewText(system, row))), Object.keys(view));
  }));
});
