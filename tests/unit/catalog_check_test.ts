import assert from "node:assert/strict";
import { faultsOf } from "../../routes/catalog_check.ts";

const EVERY_MS = 30 * 60_000;
const NOW = 100 * EVERY_MS;
const completed = (intervalsAgo: number, durationMs = 900) =>
  ({ status: "completed", endedAt: NOW - intervalsAgo * EVERY_MS, durationMs }) as const;
const failed = { status: "failed", endedAt: NOW, durationMs: 10 } as const;
const delayed = { status: "delayed", endedAt: null, durationMs: null } as const;
const faults = (cycles: Parameters<typeof faultsOf>[1]["cycles"], since = NOW) =>
  faultsOf("brands", { cycles, everyMs: EVERY_MS, since, now: NOW });

Deno.test("the health of the catalogue knows when each part was last completed (S3-39)", () => {
  assert.deepEqual(faults([delayed, completed(3)]), []);
  assert.match(faults([delayed, completed(3.1)])[0]!, /no cycle of brands was completed for/);
  assert.deepEqual(faults([]), [], "it has just begun");
  assert.equal(faults([], NOW - 4 * EVERY_MS).length, 1);
});

Deno.test("the health of the catalogue fails when more than half of its last cycles do (S3-40, S3-49)", () => {
  assert.deepEqual(faults([failed, failed, completed(1), completed(2)]), []);
  assert.deepEqual(faults([failed, failed, failed, completed(2)]), ["3 of the last 4 cycles of brands have failed"]);
  assert.deepEqual(faults([failed, failed, completed(1)]), []);
});

Deno.test("the health of the catalogue fails when a cycle takes too long (S3-41)", () => {
  assert.deepEqual(faults([completed(1, 60_000)]), []);
  assert.deepEqual(faults([completed(1, 60_001)]), ["the last cycle of brands took 60001 ms"]);
});
