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
  readonly ownEventsKept?: () => ReadonlyMap<string, number>;
  readonly ownKeptMs?: (period: string) => ReadonlyMap<string, number>;
  readonly logs?: Record<string, LogMark>;
  /** May refuse what is to be committed, and says how many rows it removed. */
  readonly onCommit?: (entry: StoreEntry) => number | void;
  readonly keptMs?: Readonly<Record<string, number>>;
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
    room: () => "ample",
    ...state,
  });
  const writes = () => entries.flatMap(({ writes }) => writes);
  /** Others have committed that many entries. */
  const committed = (entries: number) => diagnostics.tell({ event: "batch.committed", entries, durationMs: 1 });
  return { clock, entries, writes, told, committed, retention };
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
  assert.deepEqual(slices, [500, 1_000, 1_500, 2_000, 2_100, 50]);
  retention.stop();
  assert.equal(clock.armed, 0);
});

Deno.test("createRetention() leaves a tenant as many events as are said for it alone", async () => {
  const logs = {
    acme: { last: 90, trimmedTo: 0 },
    zen: { last: 150, trimmedTo: 0 },
    large: { last: 900, trimmedTo: 0 },
  };
  const own = new Map([["acme", 20], ["large", 1_000]]);
  const { clock, retention } = rigRetention({ logs, ownEventsKept: () => own });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.deepEqual([logs.acme.trimmedTo, logs.zen.trimmedTo, logs.large.trimmedTo], [70, 50, 0]);
  own.set("acme", 10);
  clock.advance(5_000);
  await turnOfLoop();
  assert.equal(logs.acme.trimmedTo, 80);
  retention.stop();
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

Deno.test("createRetention() says of which tenants the rows of a period are kept for another time", async () => {
  const own = new Map([["acme", 1], ["zen", 3_000]]);
  const { clock, writes, retention } = rigRetention({
    keptMs: { parcels: 1_000, labels: 1_000 },
    ownKeptMs: (period) => period === "parcels" ? own : new Map(),
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  const now = NOON + 5_000;
  assert.deepEqual(writes().flatMap((write) => write.write === "sweep-rows" ? [[write.sweep, write.own]] : []), [
    [0, undefined],
    [1, JSON.stringify({ acme: now - 1, zen: now - 3_000 })],
  ]);
  retention.stop();
});

/** What of a sweep's rounds: the rows and the events that each may remove. */
function sizesOf(entries: readonly StoreEntry[]): { rows: number[]; events: number[] } {
  const writes = entries.flatMap(({ writes }) => writes);
  const trims = writes.flatMap((write) => write.write === "trim" ? [write.upTo] : []);
  return {
    rows: writes.flatMap((write) => write.write === "sweep-rows" ? [write.limit] : []),
    events: trims.map((upTo, index) => upTo - (trims[index - 1] ?? 0)),
  };
}

Deno.test("createRetention() removes in the measure of what was committed meanwhile", async () => {
  const { clock, entries, committed, retention } = rigRetention({
    logs: { acme: { last: 1_000_000, trimmedTo: 0 } },
    keptMs: { parcels: 1_000 },
    onCommit({ writes: [write] }) {
      if (write?.write !== "sweep-rows") return 0;
      clock.advance(10);
      return write.limit;
    },
  });
  retention.start();
  retention.hurry();
  for (const meanwhile of [10, 200, 255, 1_000, 5_000, 0]) {
    await turnOfLoop();
    committed(meanwhile);
    if (meanwhile < 256) clock.advance(40);
  }
  await turnOfLoop();
  assert.deepEqual(sizesOf(entries), {
    rows: [50, 50, 300, 382, 1_500, 4_000, 50],
    events: [500, 500, 4_000, 5_100, 20_000, 64_000, 500],
  });
  retention.stop();
});

Deno.test("createRetention() removes as fast as work is done, however busy the node is", async () => {
  let [kept, most] = [0, 0];
  const { clock, committed, retention } = rigRetention({
    keptMs: { parcels: 1_000 },
    onCommit({ writes: [write] }) {
      if (write?.write !== "sweep-rows") return 0;
      // The commit that carries the slice took 50 ms and had a thousand others in it, of which each leaves a row.
      clock.advance(50);
      const removed = Math.min(kept, write.limit);
      kept -= removed;
      return removed;
    },
  });
  retention.start();
  for (let batch = 0; batch < 300; batch++) {
    kept += 1_000;
    committed(1_000);
    clock.advance(50);
    await turnOfLoop();
    most = Math.max(most, kept);
  }
  // What comes in between two sweeps, and while a slice is on its way.
  assert.ok(most <= 5_000 / 50 * 1_000 + 3_000, `${most} rows`);
  retention.stop();
});

Deno.test("createRetention() gives the others four times as long as a round took, or 256 entries", async () => {
  let room: StorageRoom = "ample";
  let rounds = 0;
  const { clock, committed, retention } = rigRetention({
    room: () => room,
    onCommit({ writes: [write] }) {
      if (write?.write !== "sweep-blobs") return 0;
      rounds++;
      clock.advance(10);
      return rounds < 10 ? 1 : 0;
    },
  });
  retention.start();
  retention.hurry();
  for (const wanted of [1, 2, 3]) {
    await turnOfLoop();
    assert.equal(rounds, wanted);
    clock.advance(39);
    await turnOfLoop();
    assert.equal(rounds, wanted);
    clock.advance(1);
  }
  await turnOfLoop();
  committed(255);
  await turnOfLoop();
  assert.equal(rounds, 4);
  committed(1);
  await turnOfLoop();
  assert.equal(rounds, 5);
  room = "short";
  clock.advance(40);
  await turnOfLoop();
  assert.equal(rounds, 10, "when room is wanted it waits for nothing");
  retention.stop();
});

Deno.test("createRetention() asks again every 5 s what a slice found nothing of, not with each round", async () => {
  const { clock, writes, retention } = rigRetention({
    keptMs: { parcels: 1_000 },
    onCommit({ writes: [write] }) {
      const isFirst = writes().filter(({ write }) => write === "sweep-rows").length < 3;
      return write?.write === "sweep-rows" && isFirst ? 50 : 0;
    },
  });
  retention.start();
  for (const sweeps of [1, 2]) {
    clock.advance(5_000);
    await turnOfLoop();
    assert.equal(writes().filter(({ write }) => write === "sweep-blobs").length, sweeps);
  }
  assert.equal(writes().filter(({ write }) => write === "sweep-rows").length, 5);
  retention.stop();
});

Deno.test("createRetention() comes upon what is to be removed while it is busy with something else", async () => {
  let old = 0;
  const { clock, retention } = rigRetention({
    logs: { acme: { last: Infinity, trimmedTo: 0 } },
    keptMs: { parcels: 1_000 },
    onCommit({ writes: [write] }) {
      if (write?.write === "trim") clock.advance(100);
      if (write?.write !== "sweep-rows") return 0;
      const removed = Math.min(old, write.limit);
      old -= removed;
      return removed;
    },
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  old = 20;
  for (let round = 0; round < 10; round++) {
    clock.advance(500);
    await turnOfLoop();
  }
  assert.equal(old, 0);
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

Deno.test("createRetention() leaves no timer behind when it stops while a slice takes its time", async () => {
  const { clock, retention } = rigRetention({
    logs: { acme: { last: 1_000_000, trimmedTo: 0 } },
    onCommit() {
      clock.advance(50);
      retention.stop();
    },
  });
  retention.start();
  clock.advance(5_000);
  await turnOfLoop();
  assert.equal(clock.armed, 0);
});
