import assert from "node:assert/strict";
import type { EntryResult, Store } from "../../runtime/store/contract.ts";
import { type PostgresStores, postgresStores } from "../support/postgres_stores.ts";
import {
  append,
  appended,
  commit,
  committed,
  entry,
  NOON,
  postpone,
  refusal,
  remove,
  writing,
} from "../support/store_entries.ts";

const LANE = { tenant: "acme", kind: "job" };
const ONE = { ...LANE, key: "one" };
const RECORDED = { recorded: true, fresh: true };
const PARKED = { at: NOON, reason: "", because: null };

async function slots(store: Store, ...keys: readonly string[]): Promise<(string | undefined)[]> {
  const { appended } = await commit(store, writing(...keys.map((key) => append({ key, id: key }, RECORDED))));
  return appended.map(({ slot }) => slot);
}

async function claimed(store: Store): Promise<string[]> {
  return (await store.shared!.claim(LANE, 100)).map(({ id }) => id);
}

Deno.test("append makes heads this node's up to its appetite, and none of a kind that is limited over all nodes", async () => {
  await using stores = await postgresStores();
  const hungry = await stores.open({}, { appetite: () => 2 });
  assert.deepEqual(await slots(hungry, "a", "b", "c"), ["ready", "ready", "unowned"]);
  const limited = await stores.open({ node: "limited" }, {
    limitsOf: (kind) => kind === "job" ? { total: 9 } : undefined,
  });
  assert.deepEqual(await slots(limited, "d"), ["unowned"]);
  assert.deepEqual(await claimed(limited), ["c", "d"]);
});

Deno.test("remove and postpone are refused while another node has the message, and not while nobody has it", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  for (const how of [{}, RECORDED]) {
    const ref = await appended(one, { key: `taken ${Object.keys(how).length}` }, how);
    const recorded = how === RECORDED;
    for (const write of [{ ...remove(ref), recorded }, postpone(ref)]) {
      assert.equal(refusal((await two.write([writing(write)]))[0]), "conflict");
    }
    await commit(one, writing({ ...remove(ref), recorded }));
  }
  const idle = await stores.open({ node: "idle" }, { appetite: () => 0 });
  const nobodys = await appended(idle, { key: "nobody's" });
  await commit(two, writing(remove(nobodys)));
});

Deno.test("what comes behind or before the head of a node is that node's", async () => {
  await using stores = await postgresStores();
  let appetite = 1;
  const one = await stores.open({ node: "one" }, { appetite: () => appetite });
  const two = await stores.open({ node: "two" });
  const first = await appended(one, { id: "first" });
  await appended(two, { id: "second" });
  const { appended: [before] } = await commit(two, writing(append({ id: "before", dueAt: NOON - 5 })));
  assert.equal(before?.slot, "unowned");
  assert.deepEqual(await claimed(two), []);
  assert.deepEqual(await claimed(one), ["before"]);
  // It takes no more, but those behind its own are its own all the same.
  appetite = 0;
  const [message] = await one.read.mailbox(ONE, 1);
  const { ready } = await commit(one, writing(remove(message!), remove(first)));
  assert.deepEqual(ready.map(({ id }) => id), ["second"]);
});

Deno.test("wake leaves heads alone that another node has put off, and tells lanes of those that it does not take", async () => {
  await using stores = await postgresStores();
  const one = await stores.open({ node: "one" });
  const two = await stores.open({ node: "two" }, { appetite: () => 1 });
  const mine = await appended(one, { key: "put off", id: "put off" });
  await commit(one, writing(postpone(mine, { readyAt: NOON + 5 })));
  for (const key of ["x", "y"]) await appended(two, { key, id: key, dueAt: NOON + 6 });
  const wake = entry({ at: NOON + 9, writes: [{ write: "wake", now: NOON + 9, limit: 10 }] });
  const woken = await commit(two, wake);
  assert.deepEqual([woken.ready.map(({ id }) => id), woken.unowned, woken.nextDueAt], [["x"], [LANE], null]);
  await stores.outlive(one, two);
  const taken = await commit(two, wake);
  assert.deepEqual(taken.ready.map(({ id }) => id), ["put off"]);
});

Deno.test("a parked head stays the node's at whose host it may be", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  const mine = await appended(one, { id: "mine" });
  await commit(two, writing({ write: "park", address: ONE, parked: PARKED }));
  const { ready } = await commit(two, writing({ write: "unpark", address: ONE }));
  assert.deepEqual([ready, await claimed(two)], [[], []]);
  await commit(one, writing(remove(mine)));
});

Deno.test("append waits for whoever is claiming the head that it would come before", async () => {
  await using stores = await postgresStores();
  const one = await stores.open({ node: "one" }, { appetite: () => 0 });
  const two = await stores.open({ node: "two" });
  await appended(one, { id: "head" });
  await using claiming = await transaction(stores, `update messages set owner = ${two.ownership.generation}`);
  const before = commit(one, writing(append({ id: "before", dueAt: NOON - 5 })));
  await claiming.blocks();
  await claiming.commit();
  assert.equal((await before).appended[0]?.slot, "unowned");
  const owners = await stores.database.query("select owner from messages where slot = 1");
  assert.deepEqual(owners, [{ owner: two.ownership.generation }]);
});

Deno.test("of nodes that give one dedupe key or take one idempotency key at once, one does", async () => {
  await using stores = await postgresStores();
  const nodes = await Promise.all(["one", "two", "three"].map((node) => stores.open({ node })));
  for (let round = 0; round < 15; round++) {
    const once = (index: number, more: Parameters<typeof entry>[0]) =>
      nodes[index]!.write([entry(more)]).then(([result]) => result!);
    const told: EntryResult[] = await Promise.all(nodes.map((_, index) => {
      const message = { key: `${round}-${index}`, dedupeKey: `only ${round}` };
      return once(index, { writes: [append(message, RECORDED)] });
    }));
    const places = told.map((result) => committed(result).appended[0]!.slot).sort();
    assert.deepEqual(places, ["held", "held", "ready"]);
    const taken = await Promise.all(
      nodes.map((_, index) =>
        once(index, { claim: { scope: "submit", key: `${round}`, print: "p", answer: `${index}`, until: NOON + 9 } })
      ),
    );
    const winner = taken.findIndex(({ status }) => status === "committed");
    const answers = taken.flatMap((result) => result.status === "answered" ? [result.answer] : []);
    assert.deepEqual(answers, [`${winner}`, `${winner}`]);
  }
});

Deno.test("a batch that looks at more mailboxes than there are locks for goes through, and others wait for it", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  const many = Array.from({ length: 1_500 }, (_, index) => append({ key: `k${index}`, id: `m${index}` }));
  const [all] = await Promise.all([
    commit(one, writing(...many)),
    ...Array.from(
      { length: 5 },
      (_, index) => commit(two, writing(append({ key: `k${index}`, id: `other ${index}` }))),
    ),
  ]);
  assert.equal(all.appended.length, 1_500);
  for (let index = 0; index < 5; index++) {
    assert.equal(await one.read.mailboxDepth({ ...LANE, key: `k${index}` }), 2);
  }
  const heads = await one.read.readyHeads(LANE, 2_000);
  assert.equal(heads.length, 1_500);
});

Deno.test("a text that Postgres cannot hold is refused as constraint, and nothing else", async () => {
  await using stores = await postgresStores();
  const store = await stores.open();
  const there = await appended(store, { id: "there" });
  const broken = append({ id: "broken", payload: '"\0"' });
  const results = await store.write([
    writing(append({ id: "a" })),
    writing(remove(there), broken),
    writing(append({ id: "b" }), remove(there)),
  ]);
  assert.deepEqual(results.map(({ status }) => status), ["committed", "refused", "committed"]);
  assert.equal(refusal(results[1]), "constraint");
  assert.deepEqual((await store.read.mailbox(ONE, 9)).map(({ id }) => id), ["a", "b"]);
});

/** A transaction of somebody else, with one statement. */
async function transaction({ database }: PostgresStores, sql: string) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin");
  await client.query(sql);
  return {
    /** Resolves when somebody waits for it. */
    async blocks(): Promise<void> {
      for (;;) {
        const waiting = await database.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
        if (waiting.length > 0) return;
      }
    },
    commit: () => client.query("commit"),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
