import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import type { DatabaseSync } from "node:sqlite";
import type { MessageRef } from "../../runtime/actor/message.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import type { StoreEntry, StoreReads, Write } from "../../runtime/store/contract.ts";
import { migrate } from "../../runtime/store/migrate.ts";
import { openPools } from "../../runtime/store/postgres/pools.ts";
import { createReads } from "../../runtime/store/postgres/reader.ts";
import { BatchApplier } from "../../runtime/store/sqlite/apply.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { declaredStatements } from "../../runtime/store/sqlite/declared_statements.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { claimOwnership } from "../../runtime/store/sqlite/fence.ts";
import { ActorPages } from "../../runtime/store/sqlite/read_actors.ts";
import { DeadLetterPages } from "../../runtime/store/sqlite/read_dead_letters.ts";
import { Reader } from "../../runtime/store/sqlite/reader.ts";
import { readsOf } from "../../runtime/store/sqlite/sqlite_store.ts";
import { copyRows } from "../support/copied_rows.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { registry } from "../support/registry/store_registry.ts";
import { append, bury, entry, event, NOON, noteRow, postpone } from "../support/store_entries.ts";
import { storeRuns } from "../support/store_runs.ts";

const OWNERSHIP = { node: "test", generation: 7, uncleanStarts: 0 };
const TENANTS = ["acme", "acme-2", "rival"];
const KINDS = ["a", "job"];
const KEYS = ["k", "k-1", "k1", "K"];

Deno.test("both engines answer every read alike from the same rows", async () => {
  await using database = await migratedDatabase(registry);
  const pools = openPools({ databaseUrl: database.url, node: "test", clock: systemClock });
  const postgres = createReads({ ...pools, registry, ownership: OWNERSHIP });
  const property = fc.asyncProperty(
    histories,
    deeds,
    fc.integer({ min: 1, max: 5 }),
    async (history, chosen, limit) => {
      using db = openWriterConnection(":memory:", "off");
      await migrate(kyselyOver(db), registry);
      const ownership = claimOwnership(db, { node: "test", now: NOON });
      const applier = new BatchApplier(db, { declared: declaredStatements(registry), ownership });
      applier.apply([entry({ writes: BLOBS }), ...history]);
      applier.apply(done(db, chosen));
      const reader = new Reader(db, registry);
      const [actors, letters] = [new ActorPages(db), new DeadLetterPages(db)];
      const sqlite = readsOf(OWNERSHIP, {
        reader,
        readLink: {
          query: async (query) => JSON.stringify(await reader.point({ ...query, args: JSON.parse(query.args) })),
          actors: (page) => Promise.resolve(actors.page(page)),
          deadLetters: (page) => Promise.resolve(letters.page(page)),
        },
      });
      await copyRows(db, database);
      await database.query("update messages set owner = seq % 3 where slot in (1, 2)");
      const [expected, found] = [await everything(sqlite, limit), await everything(postgres, limit)];
      // An actor whose head is another's has nothing to go on with, and what another has put off is not waited for.
      const isOfOwn = (name: string) => /^(mailboxBehind|nextDueAt)/.test(name);
      for (const [name, answer] of expected) if (!isOfOwn(name)) assert.deepEqual(found.get(name), answer, name);
      await database.query("update messages set owner = $1 where slot in (1, 2, 3)", [OWNERSHIP.generation]);
      const owned = await everything(postgres, limit);
      for (const [name, answer] of expected) if (isOfOwn(name)) assert.deepEqual(owned.get(name), answer, name);
    },
  );
  await fc.assert(property, { numRuns: storeRuns(8) });
  await pools.close();
});

const place = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  kind: fc.constantFrom(...KINDS),
  key: fc.constantFrom(...KEYS),
});
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(place, fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1, max: 1 }), fc.string()).map((
      [address, later, priority, payload],
    ): Write =>
      append({ ...address, dueAt: NOON + later, priority, payload: JSON.stringify(payload.replaceAll("\0", "")) })
    ),
  },
  place.map((address): Write => ({ write: "snapshot", address, state: '{"a":1}', stateVersion: 2 })),
  place.map((address): Write => ({ write: "park", address, parked: { at: NOON, reason: "x", because: null } })),
  place.map((address): Write => ({ write: "restarts", address, restarts: [1, 2] })),
  fc.tuple(place, fc.constantFrom(...KEYS)).map(([child, key]): Write => ({
    write: "adopt",
    child,
    parent: { ...child, kind: "parent", key: key.slice(0, 1) },
  })),
  place.map(({ kind }): Write => ({ write: "pause", kind, by: "ann" })),
  fc.constantFrom("n", "m").map((id): Write => noteRow("added", { id, body: "text é" })),
);
const histories: fc.Arbitrary<readonly StoreEntry[]> = fc.array(
  fc.tuple(fc.constantFrom(...TENANTS), fc.array(write, { maxLength: 2 }), fc.integer({ min: 0, max: 3 })).map((
    [tenant, writes, events],
  ) => entry({ tenant, writes, events: Array.from({ length: events }, (_, nth) => event(`job.${nth}`)) })),
  { minLength: 20, maxLength: 80 },
);

/** What is done with some of the messages that there are then. */
const deeds = fc.array(fc.tuple(fc.nat(), fc.constantFrom("bury", "postpone", "wish", "mark", "trim")), {
  maxLength: 20,
});

function done(db: DatabaseSync, chosen: readonly (readonly [nth: number, deed: string])[]): StoreEntry[] {
  const messages = db.prepare('select tenant, kind, key, due_at as "dueAt", seq from messages')
    .all() as never as MessageRef[];
  return chosen.filter(() => messages.length > 0).map(([nth, deed]) => {
    const { ...ref } = messages[nth % messages.length]!;
    return entry({ tenant: ref.tenant, writes: [deedOf(deed, ref)] });
  });
}

function deedOf(deed: string, ref: MessageRef): Write {
  if (deed === "bury") return bury(ref, { at: NOON + ref.seq % 2 });
  if (deed === "postpone") return postpone(ref, { readyAt: NOON + 2 });
  if (deed === "wish") return { write: "wish-cancelled", ref, by: "bob" };
  return deed === "mark" ? { write: "mark", ref, deaths: 1 } : { write: "trim", tenant: ref.tenant, upTo: ref.seq };
}

const BLOBS: readonly Write[] = [
  { write: "blob-chunk", id: "b", index: 0, bytes: Uint8Array.of(1, 2) },
  { write: "blob-chunk", id: "b", index: 1, bytes: Uint8Array.of(3) },
  { write: "blob-done", id: "b", sizeBytes: 3 },
  { write: "blob-done", id: "empty", sizeBytes: 0 },
  { write: "blob-chunk", id: "unfinished", index: 0, bytes: Uint8Array.of(1) },
];

/** Whatever can be read, under a name that says how it was asked for. */
async function everything(read: StoreReads, limit: number): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  const ask = async (name: keyof StoreReads, ...args: readonly unknown[]) => {
    const answer: unknown = await (read[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    found.set(`${name} ${JSON.stringify(args)}`, answer);
    return answer as never;
  };
  for (const name of ["readyLanes", "pending", "nextDueAt", "wishedCancelled", "startMarks", "pausedKinds"] as const) {
    await ask(name);
  }
  await ask("longLogs", limit);
  await ask("logMarks", ["nobody", ...TENANTS]);
  await ask("logMarks", []);
  for (const tenant of TENANTS) {
    await ask("logMark", tenant);
    for (const after of [0, 1, 5, 999]) await ask("events", tenant, { after, limit });
    for (const id of ["b", "empty", "unfinished"]) {
      for (const from of [0, 2, 3]) await ask("blobChunk", tenant, id, from);
    }
    for (const query of ["rowById", "byId"]) {
      await ask("point", { tenant, tables: "note", query, args: { id: "n" } });
      await ask("query", { tenant, tables: "note", query, args: '{"id":"n"}' });
    }
    for (const kind of [...KINDS, undefined]) {
      const ofKind = kind === undefined ? {} : { kind };
      const letters: { diedAt: number; id: string }[] = await ask("deadLetters", { tenant, ...ofKind, limit });
      if (letters.length > 0) await ask("deadLetters", { tenant, ...ofKind, limit, before: letters.at(-1) });
      for (const status of ["parked", "waiting", "idle", undefined]) {
        const page = { tenant, ...ofKind, ...(status === undefined ? {} : { status }), limit };
        const sights: { kind: string; key: string }[] = await ask("actors", page);
        const last = sights.at(-1);
        if (last !== undefined) await ask("actors", { ...page, after: { kind: last.kind, key: last.key } });
      }
    }
    for (const kind of KINDS) {
      const heads: { priority: number; readyAt: number; seq: number }[] = await ask(
        "readyHeads",
        { tenant, kind },
        limit,
      );
      for (const from of heads) await ask("readyHeads", { tenant, kind }, limit, { from });
      for (const key of KEYS) {
        const address = { tenant, kind, key };
        for (const name of ["mailboxDepth", "snapshot", "supervised", "laterSiblings"] as const) {
          await ask(name, address);
        }
        for (const message of await ask("mailbox", address, limit) as object[]) {
          for (const now of [NOON - 1, NOON, NOON + 3]) await ask("mailboxBehind", message, { now, limit });
        }
      }
    }
  }
  return found;
}
