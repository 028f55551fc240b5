import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { StoreReads } from "../../runtime/store/contract.ts";
import { watchedReads } from "../../runtime/store/watched_reads.ts";

const failing = (code: "storage-corrupt" | "storage-unavailable") =>
  ({ pending: () => Promise.reject(new RuntimeError(code, code)) }) as Partial<StoreReads> as StoreReads;

Deno.test("watchedReads() tells once that a read found damage, and still rejects every read", async () => {
  const told: string[] = [];
  const reads = watchedReads(failing("storage-corrupt"), ({ code }) => told.push(code));
  for (let read = 0; read < 3; read++) await assert.rejects(reads.pending(), { code: "storage-corrupt" });
  assert.deepEqual(told, ["storage-corrupt"]);
});

Deno.test("watchedReads() tells nothing of a read that may succeed later", async () => {
  const told: string[] = [];
  const reads = watchedReads(failing("storage-unavailable"), ({ code }) => told.push(code));
  await assert.rejects(reads.pending(), { code: "storage-unavailable" });
  assert.deepEqual(told, []);
});
