import assert from "node:assert/strict";
import { openClient } from "../../runtime/store/postgres/connection.ts";
import { type PostgresStores, postgresStores } from "../support/postgres_stores.ts";
import {
  append,
  appended,
  commit,
  entry,
  event,
  NOON,
  postpone,
  refusal,
  remove,
  writing,
} from "../support/store_entries.ts";

const LANE = { tenant: "acme", kind: "job" };
const ONE = { ...LANE, key: "one" };

Deno.test("a batch that is taken back has not prolonged the lease, here as there", async () => {
  await using stores = await postgresStores();
  const store = await stores.open();
  await store.shared!.renew({ running: 0, waiting: 0 });
  await commit(store, entry({ events: [event("job.before")] }));
  const { until } = store.shared!.lease;
  const tenant = await locked(stores);
  await assert.rejects(store.write([entry({ events: [event("job.lost")] })]), { code: "storage-unavailable" });
  assert.equal(store.shared!.lease.until, until);
  await tenant.letGo();
  await commit(store, entry({ events: [event("job.after")] }));
  assert.ok(store.shared!.lease.until > until);
});

Deno.test("what a text column cannot hold is refused alone, wherever the batch names it", async () => {
  await using stores = await postgresStores();
  const store = await stores.open();
  const nul = "a\0b";
  const refused = [
    writing(append({ key: "deduped", dedupeKey: nul })),
    writing({ write: "discard", id: nul }),
    writing({ write: "blob-chunk", id: nul, index: 0, bytes: new Uint8Array(1) }),
    entry({ claim: { scope: nul, key: "k", print: "p", answer: "a", until: NOON + 1 } }),
  ];
  for (const each of refused) {
    const [bad, good] = await store.write([each, entry({ events: [event("job.good")] })]);
    assert.match(refusal(bad), /constraint|not-found/);
    assert.equal(good?.status, "committed");
  }
});

Deno.test("half a character in a name is what it is stored as", async () => {
  await using stores = await postgresStores();
  const store = await stores.open();
  const half = "\ud800";
  await appended(store, { key: "half", dedupeKey: half });
  const { appended: [held] } = await commit(store, writing(append({ key: "again", dedupeKey: half })));
  assert.deepEqual(held, { slot: "held", key: "half" });
  const claim = { scope: "s", key: half, print: "p", answer: "first", until: NOON + 9 };
  await commit(store, entry({ claim }));
  const [again] = await store.write([entry({ claim: { ...claim, answer: "second" } })]);
  assert.deepEqual(again, { status: "answered", print: "p", answer: "first" });
});

Deno.test("a head that a batch under way gives to a life that is ended meanwhile is freed all the same", async () => {
  await using stores = await postgresStores();
  const dying = await stores.open({ node: "dying" });
  const heir = await stores.open({ node: "heir" });
  const third = await stores.open({ node: "third" });
  await commit(third, entry({ events: [event("job.before")] }));
  await appended(dying, { id: "parked" });
  await commit(dying, writing({ write: "park", address: ONE, parked: { at: NOON, reason: "", because: null } }));
  const tenant = await locked(stores);
  const freeing = commit(heir, {
    ...writing({ write: "unpark", address: ONE }),
    events: [event("actor.resumed")],
  });
  await waiting(stores);
  await stores.outlive(dying, third);
  await tenant.letGo();
  await freeing;
  await third.shared!.endLapsed();
  assert.deepEqual((await third.shared!.claim(LANE, 9)).map(({ id }) => id), ["parked"]);
});

Deno.test("what a slow clock sends comes behind what was moved for it before, also when that for which it was has left", async () => {
  await using stores = await postgresStores();
  const [fast, slow] = [await stores.open({ node: "fast" }), await stores.open({ node: "slow" })];
  const at = NOON;
  const first = await appended(fast, { id: "first", dueAt: at, enqueuedAt: at });
  const sent = (id: string, ago: number) =>
    commit(slow, entry({ at: at - ago, writes: [append({ id, dueAt: at - ago, enqueuedAt: at - ago })] }));
  await sent("second", 5);
  await commit(fast, writing(remove(first)));
  await sent("third", 3);
  assert.deepEqual((await fast.read.mailbox(ONE, 9)).map(({ id }) => id), ["second", "third"]);
});

Deno.test("when a head that another node has put off is due is that node's business", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  const mine = await appended(one);
  await commit(one, writing(postpone(mine, { readyAt: NOON + 5 })));
  await appended(two, { key: "later", dueAt: NOON + 9 });
  assert.deepEqual([await one.read.nextDueAt(), await two.read.nextDueAt()], [NOON + 5, NOON + 9]);
  await stores.outlive(one, two);
  assert.equal(await two.read.nextDueAt(), NOON + 5);
});

/** Keeps the counters of a tenant: batches wait for them when they have done all else. */
async function locked({ database: { url } }: PostgresStores): Promise<{ letGo(): Promise<void> }> {
  const client = await openClient({ databaseUrl: url, purpose: "migration", node: "test" });
  await client.query("begin");
  await client.query("select from tenants where tenant = 'acme' for update");
  return {
    async letGo() {
      await client.query("commit");
      await client.end();
    },
  };
}

/** Resolves when a statement waits for a lock. */
async function waiting({ database }: PostgresStores): Promise<void> {
  for (;;) {
    const [row] = await database.query<{ many: number }>(
      "select count(*) as many from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (row!.many > 0) return;
  }
}
