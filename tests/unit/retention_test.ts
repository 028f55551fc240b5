import assert from "node:assert/strict";
import { createRegistry, defineActor, defineTables } from "../../runtime/authoring.ts";
import { createDiagnostics, type Diagnostic } from "../../runtime/observe/diagnostics.ts";
import type { EntryResult, LogMark, StorageRoom, StoreEntry } from "../../runtime/store/contract.ts";
import { createRetention } from "../../runtime/system/retention.ts";
import { z } from "zod";
import { FakeClock } from "../support/fake_clock.ts";
import { turnOfLoop } from "../support/activation_rig.ts";

const NOON = 1_000_000_000;
const COMMITTED: EntryResult = { status: "committed", firstEvent: 0, appended: [], ready: [], nextDueAt: null };

const parcels = defineTables<{ parcels: { id: string; deliveredAt: number } }>()("parcel", {
  migrations: {},
  writes: () => ({}),
  queries: () => ({}),
  sweeps: ({ sweep }) => [
    sweep("labels", (db) => db.deleteFrom("parcels")),
    sweep("parcels", (db) => db.deleteFrom("parcels")),
  ],
});

const parcel = defineActor({
  kind: "parcel",
  state: z.object({}),
  initial: {},
  messages: {},
  tables: [parcels],
  on: {},
});

interface Rig {
  readonly logs?: Record<string, LogMark>;
  /** May refuse what is to be committed, and says how many rows it removed. */
  readonly onCommit?: (entry: StoreEntry) => number | void;
  readonly keptMs?: Readonly<Record<string, number>>;
  readonly queued?: () => number;
  readonly room?: () => StorageRoom;
}

/** Retention over the marks of logs. */
function rigRetention({ logs = {}, onCommit = () => {}, keptMs = {}, ...state }: Rig) {
  const clock = new FakeClock(NOON);
  const entries: StoreEntry[] = [];
  const told: Diagnostic[] = [];
  const diagnostics = createDiagnostics();
  diagnostics.observe((diagnostic) => told.push(diagnostic));
  const longLogs = (kept: number) =>
    Promise.resolve(
      Object.entries(logs).filter(([, { last, trimmedTo }]) => last - trimmedTo > kept)
        .map(([tenant, mark]) => ({ tenant, mark })),
    );
  const retention = createRetention({
    registry: createRegistry([parcel]),
    read: { longLogs },
    async commit(entry) {
      await Promise.resolve();
      const swept = onCommit(entry) ?? 0;
      entries.push(entry);
      for (const write of entry.writes) {
        if (write.write === "trim") logs[write.tenant] = { last: logs[write.tenant]!.last, trimmedTo: write.upTo };
      }
      return { ...COMMITTED, swept };
    },
    clock,
    diagnostics,
    eventsKept: 100,
    keptMs,
    queued: () => 0,
    room: () => "ample",
    ...state,
  });
  const writes = () => entries.flatMap(({ writes }) => writes);
  return { clock, entries, writes, told, retention };
}

Deno.test("createRetention() leaves the newest events of each tenant, a slice at a time until that is so", async () => {
  const logs = {
    acme: { last: 2_200, trimmedTo: 0 },
    zen: { last: 100, trimmedTo: 0 },
    third: { last: 150, trimmedTo: 20 },
  };
  const { clock, writes, retention } = rigRetention({ logs });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.deepEqual([logs.acme.trimmedTo, logs.zen.trimmedTo, logs.third.trimmedTo], [2_100, 0, 50]);
  const slices = writes().flatMap((write) => write.write === "trim" ? [write.upTo] : []);
  assert.deepEqual(slices, [500, 50, 1_000, 1_500, 2_000, 2_100]);
  retention.stop();
  assert.equal(clock.armed, 0);
});

Deno.test("createRetention() sweeps what has a period, until nothing is left, and keeps the rest for ever", async () => {
  let parcelsLeft = 125;
  const { clock, writes, told, retention } = rigRetention({
    keptMs: { parcels: 1_000, "dead-letters": 2_000 },
    onCommit({ writes: [write] }) {
      if (write?.write !== "sweep-rows") return 0;
      const removed = Math.min(parcelsLeft, write.limit);
      parcelsLeft -= removed;
      return removed;
    },
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  const now = NOON + 5_000;
  const rows = writes().filter(({ write }) => write === "sweep-rows");
  assert.deepEqual(
    rows,
    Array(4).fill({ write: "sweep-rows", tables: "parcel", sweep: 1, before: now - 1_000, limit: 50 }),
  );
  assert.deepEqual(writes().find(({ write }) => write === "sweep-letters"), {
    write: "sweep-letters",
    before: now - 2_000,
    limit: 50,
  });
  const swept = told.flatMap((diagnostic) => diagnostic.event === "rows.swept" ? [diagnostic] : []);
  assert.deepEqual(swept.map(({ what, rows }) => [what, rows]), [["parcel", 50], ["parcel", 50], ["parcel", 25]]);
  retention.stop();
});

Deno.test("createRetention() lets a busy committer go first, but not when room is wanted", async () => {
  let room: StorageRoom = "ample";
  const { clock, entries, retention } = rigRetention({ queued: () => 5_000, room: () => room });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.equal(entries.length, 0);
  room = "short";
  clock.advance(50);
  await turnOfLoop();
  assert.ok(entries.length > 0);
  retention.stop();
});

Deno.test("createRetention() sweeps all the same when the committer is busy for a second", async () => {
  const { clock, entries, retention } = rigRetention({ queued: () => 5_000 });
  retention.hurry();
  for (let waitedMs = 0; waitedMs < 1_000; waitedMs += 50) {
    await turnOfLoop();
    assert.equal(entries.length, 0);
    clock.advance(50);
  }
  await turnOfLoop();
  assert.equal(entries.length, 1);
  retention.stop();
});

Deno.test("createRetention() gives the others four times as long as a slice took", async () => {
  const { clock, entries, retention } = rigRetention({
    onCommit: () => {
      clock.advance(10);
      return 1;
    },
  });
  retention.hurry();
  for (const slices of [1, 2, 3]) {
    await turnOfLoop();
    assert.equal(entries.length, slices);
    clock.advance(39);
    await turnOfLoop();
    assert.equal(entries.length, slices);
    clock.advance(1);
  }
  retention.stop();
});

Deno.test("createRetention() tries again with the next tick what the storage refused", async () => {
  const logs = { acme: { last: 150, trimmedTo: 0 } };
  let refuse = true;
  const { clock, retention } = rigRetention({
    logs,
    onCommit() {
      if (refuse) throw new Error("the store is closed");
    },
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
  const { clock, entries, retention } = rigRetention({
    logs,
    onCommit() {
      if (entries.length === 3) retention.stop();
    },
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.ok(entries.length <= 5, `${entries.length} commits`);
});
