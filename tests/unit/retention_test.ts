import assert from "node:assert/strict";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { EntryResult, LogMark, StoreEntry, StoreReads } from "../../runtime/store/contract.ts";
import { createRetention } from "../../runtime/system/retention.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { turnOfLoop } from "../support/activation_rig.ts";

const COMMITTED: EntryResult = { status: "committed", firstEvent: 0, appended: [], ready: [], nextDueAt: null };

/** Retention over the marks of logs; `onCommit` may refuse what is to be committed. */
function rigRetention(logs: Record<string, LogMark>, onCommit: (entry: StoreEntry) => void = () => {}) {
  const clock = new FakeClock(1_000_000);
  const entries: StoreEntry[] = [];
  const longLogs = (kept: number) =>
    Promise.resolve(
      Object.entries(logs).filter(([, { last, trimmedTo }]) => last - trimmedTo > kept)
        .map(([tenant, mark]) => ({ tenant, mark })),
    );
  const retention = createRetention({
    read: { longLogs } as Partial<StoreReads> as StoreReads,
    async commit(entry) {
      await Promise.resolve();
      onCommit(entry);
      entries.push(entry);
      for (const write of entry.writes) {
        if (write.write === "trim") logs[write.tenant] = { last: logs[write.tenant]!.last, trimmedTo: write.upTo };
      }
      return COMMITTED;
    },
    clock,
    diagnostics: createDiagnostics(),
    eventsKept: 100,
  });
  return { clock, entries, retention };
}

Deno.test("createRetention() leaves the newest events of each tenant, a slice at a time until that is so", async () => {
  const logs = {
    acme: { last: 9_100, trimmedTo: 0 },
    zen: { last: 100, trimmedTo: 0 },
    third: { last: 150, trimmedTo: 20 },
  };
  const { clock, entries, retention } = rigRetention(logs);
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.deepEqual([logs.acme.trimmedTo, logs.zen.trimmedTo, logs.third.trimmedTo], [9_000, 0, 50]);
  const slices = entries.flatMap(({ writes }) => writes).flatMap((write) => write.write === "trim" ? [write.upTo] : []);
  assert.deepEqual(slices, [2_000, 50, 4_000, 6_000, 8_000, 9_000]);
  retention.stop();
  assert.equal(clock.armed, 0);
});

Deno.test("createRetention() tries again with the next tick what the storage refused", async () => {
  const logs = { acme: { last: 150, trimmedTo: 0 } };
  let refuse = true;
  const { clock, retention } = rigRetention(logs, () => {
    if (refuse) throw new Error("the disk is full");
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  refuse = false;
  clock.advance(5_000);
  await turnOfLoop();
  assert.equal(logs.acme.trimmedTo, 50);
  retention.stop();
});

Deno.test("createRetention() stops in the middle of a sweep", async () => {
  const logs = { acme: { last: 1_000_000, trimmedTo: 0 } };
  const { clock, entries, retention } = rigRetention(logs, () => {
    if (entries.length === 3) retention.stop();
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.ok(entries.length <= 5, `${entries.length} commits`);
});
