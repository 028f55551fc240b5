import { registry } from "../../actors/mod.ts";
import { jobTables } from "../../actors/job/tables.ts";
import type { JobStatus } from "../../actors/job/rows.ts";
import { apiKeys } from "../../runtime/access/api_keys.ts";
import type { Store, StoreReads, Write } from "../../runtime/store/contract.ts";
import { writeJobs } from "./given_jobs.ts";
import { type SqliteFolder, sqliteFolder } from "./sqlite_folder.ts";
import { append, appended, bury, commit, entry, event, NOON, postpone, writing } from "./store_entries.ts";

export { registry as movedRegistry } from "../../actors/mod.ts";
export const REGISTRY_URL = new URL("../../actors/mod.ts", import.meta.url).href;

const STATUSES: readonly JobStatus[] = ["queued", "running", "succeeded", "failed", "cancelled"];
const TENANTS = ["acme", "rival"];

/** A file with jobs in all states, and something in every other table of the runtime. */
export async function movingFile(jobs: number): Promise<SqliteFolder> {
  const folder = await sqliteFolder();
  const store = await folder.open({ registry, registryUrl: REGISTRY_URL });
  for (const tenant of TENANTS) {
    for (let from = 0; from < jobs; from += 500) {
      const given = Array.from({ length: Math.min(500, jobs - from) }, (_, nth) => ({
        id: `${tenant}-${String(from + nth).padStart(6, "0")}`,
        type: "greeting",
        status: STATUSES[(from + nth) % STATUSES.length]!,
        createdAt: NOON + from + nth,
        durationMs: nth,
        error: `Überraschung ${nth} 😀`,
      }));
      await writeJobs(store, tenant, given);
      await commit(store, entry({ tenant, events: given.map(({ id }) => ({ ...event("job.made"), subject: id })) }));
    }
  }
  await fillOthers(store);
  await store.close();
  return folder;
}

async function fillOthers(store: Store): Promise<void> {
  const actor = { tenant: "acme", kind: "counter", key: "one" };
  const late = await appended(store, { key: "late", dueAt: NOON + 9 });
  await commit(store, writing(postpone(late, { readyAt: NOON + 99 })));
  await commit(store, writing(bury(await appended(store, { key: "dead", id: "letter" }))));
  await commit(store, writing({ write: "mark", ref: await appended(store, { key: "marked" }), deaths: 1 }));
  const writes: Write[] = [
    append({ ...actor, key: "deduped", dedupeKey: "once" }),
    { write: "snapshot", address: actor, state: '{"count":7}', stateVersion: 2 },
    { write: "restarts", address: actor, restarts: [1, 2] },
    { write: "adopt", child: { ...actor, key: "child" }, parent: actor },
    { write: "park", address: { ...actor, key: "parked" }, parked: { at: NOON, reason: "loops", because: null } },
    { write: "pause", kind: "greeting", by: "ann" },
    { write: "blob-chunk", id: "blob", index: 0, bytes: crypto.getRandomValues(new Uint8Array(60_000)) },
    { write: "blob-chunk", id: "blob", index: 1, bytes: Uint8Array.of(0, 255) },
    { write: "blob-done", id: "blob", sizeBytes: 60_002 },
    { write: "trim", tenant: "acme", upTo: 20 },
  ];
  const claim = { scope: "POST /api/jobs", key: "again", print: "print", answer: "{}", until: NOON * 1_000_000 };
  await commit(store, entry({ writes, claim }));
  const { name: tables, writes: { created } } = apiKeys;
  await commit(store, writing({ write: "row", row: { tables, write: created.name, args: KEY } }));
}

const KEY = {
  id: "01ja",
  name: "reader",
  role: "viewer",
  scopes: "[]",
  hash: "hash",
  createdAt: NOON,
  createdBy: "ann",
  expiresAt: null,
};

/** What people and programs can read of it, under names that say what. */
export async function answersOf(read: StoreReads): Promise<ReadonlyMap<string, unknown>> {
  const answers = new Map<string, unknown>();
  const asked: [keyof StoreReads, ...unknown[]][] = [
    ...["readyLanes", "pending", "nextDueAt", "wishedCancelled", "startMarks", "pausedKinds"].map(
      (name) => [name] as [keyof StoreReads],
    ),
    ["blobChunk", "acme", "blob", 0],
    ["blobChunk", "acme", "blob", 60_000],
    ["supervised", { tenant: "acme", kind: "counter", key: "parked" }],
    ["snapshot", { tenant: "acme", kind: "counter", key: "one" }],
    ["deadLetter", "acme", "letter"],
    ["point", { tenant: "acme", tables: apiKeys.name, query: "shown", args: { id: KEY.id } }],
    ...TENANTS.flatMap((tenant): [keyof StoreReads, ...unknown[]][] => [
      ["logMark", tenant],
      ["events", tenant, { after: 30, limit: 1_000 }],
      ["readyHeads", { tenant, kind: "greeting" }, 5_000],
      ["actors", { tenant, limit: 100 }],
      ["deadLetters", { tenant, limit: 100 }],
      ...[0, 1, 2, 3, 4].map((nth): [keyof StoreReads, ...unknown[]] => [
        "point",
        { tenant, tables: jobTables.name, query: "byId", args: { id: `${tenant}-00000${nth}` } },
      ]),
    ]),
  ];
  for (const [name, ...args] of asked) {
    answers.set(
      `${name} ${JSON.stringify(args)}`,
      await (read[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args),
    );
  }
  return answers;
}
