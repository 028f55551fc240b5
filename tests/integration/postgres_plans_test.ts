import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import type { ActorsPage, Duties, SharedStore, StoreReads } from "../../runtime/store/contract.ts";
import { openClient, type Purpose } from "../../runtime/store/postgres/connection.ts";
import { LifeLease } from "../../runtime/store/postgres/lease.ts";
import { type Client, Pool } from "../../runtime/store/postgres/pool.ts";
import { createReads } from "../../runtime/store/postgres/reader.ts";
import { createShared } from "../../runtime/store/postgres/shared_store.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { registry } from "../support/registry/store_registry.ts";
import { NOON } from "../support/store_entries.ts";

const ADDRESS = { tenant: "acme", kind: "job", key: "one" };
const OWNERSHIP = { node: "test", generation: 1, uncleanStarts: 0 };
const DUTIES: Duties = {
  appetite: () => 0,
  limitsOf: (kind) => kind === "few" ? { total: 1 } : undefined,
  tenantLimitOf: () => undefined,
};

/** Rows of these are few: one for each tenant or life. */
const SMALL = /Seq Scan on tenants/;
/** A condition that a row is looked at for, where an index should have led to it. */
const SOUGHT_BY_HAND = /(?:Join )?Filter: .*\b(tenant|kind|key|id|parent_kind|parent_key|due_at|priority|ready_at)\b/;
/** What nothing else could do: actors that are named with the statement, and the tenant of the one row that an id leads to. */
const ALLOWED = /busy\.tenant|letter\.tenant/;

Deno.test("every read finds its rows by an index, whatever the server believes of its tables", async () => {
  await using rig = await explained("reader", async (pool) => {
    await readAll(createReads({ points: pool, lists: pool, lagging: pool, registry, ownership: OWNERSHIP }));
  });
  assert.ok(rig.plans.size >= 30, `${rig.plans.size} statements`);
  for (const [text, plan] of rig.plans) assertSought(text, plan);
  const planWith = (part: string) => rig.plans.entries().find(([text]) => text.includes(part))?.[1] ?? "";
  assert.match(planWith("octet_length"), /Index Cond: .*ROW\(due_at, seq\) > ROW/);
  assert.match(planWith("event_log"), /Index Cond: .*last > .*last < /);
  assert.match(planWith("dead_letters where id"), /Index Cond: \(id = /);
  assert.match(planWith("as child"), /Index Cond: .*tenant = .*kind = .*key = /);
  assert.match(planWith("as child"), /Index Cond: .*parent_key = .*place > /);
});

Deno.test("every statement of claims and leases finds its rows by an index, whatever the server believes of its tables", async () => {
  await using rig = await explained("writer", async (pool) => {
    const lease = new LifeLease({ clock: systemClock, generation: 1, leaseMs: 60_000 });
    const life = { ownership: OWNERSHIP, leaseMs: 60_000, lease, duties: undefined };
    const shared = createShared({
      life,
      pool,
      openListener: () => Promise.reject(new Error("deaf")),
      clock: systemClock,
    });
    shared.begin(DUTIES);
    await doAll(shared);
  });
  assert.ok(rig.plans.size >= 15, `${rig.plans.size} statements`);
  for (const [text, plan] of rig.plans) assertSought(text, plan);
  for (const [text, plan] of rig.plans) {
    if (!text.includes("skip locked") || text.includes("lapsed") || text.includes("given")) continue;
    assert.match(plan, /messages_unowned.*\n *Index Cond: .*tenant = .*kind = .*priority = .*ROW\(ready_at, seq\)/);
    assert.match(plan, /messages_owned.*\n *Index Cond: .*kind = .*tenant = .*owner = .*priority </);
    assert.match(plan, /messages_place on messages .*\n *Index Cond: .*tenant = .*kind = .*key = .*due_at = .*seq = /);
  }
});

function assertSought(text: string, plan: string): void {
  const about = `${text}\n${plan}`;
  for (const line of plan.split("\n")) {
    if (/Seq Scan/.test(line)) assert.match(line, SMALL, about);
    if (!ALLOWED.test(line)) assert.doesNotMatch(line, SOUGHT_BY_HAND, about);
  }
}

async function readAll(read: StoreReads): Promise<void> {
  const page = { tenant: "acme", limit: 5 };
  await Promise.all([read.readyLanes(), read.pending(), read.nextDueAt(), read.wishedCancelled(), read.startMarks()]);
  await Promise.all([read.pausedKinds(), read.longLogs(5), read.logMark("acme"), read.blobChunk("acme", "b", 0)]);
  await Promise.all([read.readyHeads(ADDRESS, 5), read.mailbox(ADDRESS, 5), read.mailboxDepth(ADDRESS)]);
  await Promise.all([read.snapshot(ADDRESS), read.supervised(ADDRESS), read.laterSiblings(ADDRESS)]);
  await read.mailboxBehind({ ...ADDRESS, dueAt: NOON, seq: 1 }, { now: NOON, limit: 5 });
  await read.events("acme", { after: 0, limit: 5 });
  await read.logMarks(["acme", "rival"]);
  await Promise.all([
    read.deadLetters(page),
    read.deadLetters({ ...page, kind: "job" }),
    read.deadLetter("acme", "id"),
  ]);
  for (const status of ["parked", "waiting", "idle", undefined] as const) {
    const ofStatus: ActorsPage = status === undefined ? page : { ...page, status };
    await Promise.all([read.actors(ofStatus), read.actors({ ...ofStatus, kind: "job" })]);
  }
  await read.point({ tenant: "acme", tables: "note", query: "rowById", args: { id: "n" } });
}

async function doAll(shared: SharedStore): Promise<void> {
  await shared.renew({ running: 0, waiting: 0 });
  await Promise.all([shared.claimable(), shared.claim(ADDRESS, 5), shared.claim({ ...ADDRESS, kind: "few" }, 5)]);
  await Promise.all([shared.nodes(), shared.drain("test", false), shared.disown(), shared.endLapsed()]);
  await shared.disown({ only: [ADDRESS] });
  await shared.reserve("api", { permits: 1, perMinute: 1, burst: 1 });
}

/** The plans of what `run` has asked over a pool of empty tables, by the text of the statement. */
async function explained(
  purpose: Purpose,
  run: (pool: Pool) => Promise<void>,
): Promise<{ readonly plans: ReadonlyMap<string, string> } & AsyncDisposable> {
  const database = await migratedDatabase(registry);
  await database.query("insert into lives (generation, opened_at) values (1, 1), (2, 1), (3, 1)");
  await database.query("update lives set ended_at = 1, lease_until = 1 where generation = 2");
  const options = { databaseUrl: database.url, purpose, node: "test" };
  const texts = new Set<string>();
  const times = { max: 1, patienceMs: 60_000, deadlineMs: 60_000, clock: systemClock };
  const open = async (onLost: () => void): Promise<Client> => {
    const client = await openClient(options, onLost);
    return {
      end: () => client.end(),
      query(asked: string | { readonly text: string }) {
        if (typeof asked === "object") texts.add(asked.text);
        return client.query(asked as never);
      },
    };
  };
  const pool = new Pool({ ...times, open, probe: () => Promise.resolve() });
  await run(pool);
  await pool.close();
  const client = await openClient(options);
  const plans = new Map<string, string>();
  for (const text of texts) {
    const { rows } = await client.query<Record<string, string>>(`explain (generic_plan, costs off) ${text}`);
    plans.set(text, rows.map((row) => row["QUERY PLAN"]).join("\n"));
  }
  await client.end();
  return { plans, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
