import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import type { MessageRef } from "../../runtime/actor/message.ts";
import type { EntryResult, Store, StoreEntry, Write } from "../../runtime/store/contract.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { postgresStores } from "../support/postgres_stores.ts";
import { append, bury, entry, event, NOON, noteRow, postpone, remove } from "../support/store_entries.ts";
import { storeRuns } from "../support/store_runs.ts";

const NODES = ["one", "two", "three"];
const TENANTS = ["acme", "rival"];
const KEYS = ["a", "b", "c"];

const pick = fc.nat({ max: 30 });
const address = { tenant: fc.constantFrom(...TENANTS), key: fc.constantFrom(...KEYS) };
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...address,
      step: fc.constant("append" as const),
      dueIn: fc.integer({ min: -1, max: 2 }),
      dedupeKey: fc.constantFrom(null, null, null, "held"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ step: fc.constantFrom("remove" as const, "bury" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constantFrom("postpone" as const, "mark" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("wake" as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constantFrom("park" as const, "unpark" as const), ...address }) },
  // Refused by the database: the batch is tried again with savepoints.
  { weight: 1, arbitrary: fc.record({ step: fc.constant("refused" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const steps = fc.array(step, { minLength: 1, maxLength: 3 });
/** What the nodes write at the same time, each several batches in turn. */
const batch = fc.array(steps, { minLength: 1, maxLength: 4 });
const histories = fc.tuple(...NODES.map(() => fc.array(batch, { minLength: 1, maxLength: 6 })));

Deno.test("several writers keep heads, their owners, counts and events right, whatever they write at once", async () => {
  await using stores = await postgresStores();
  const nodes = await Promise.all(NODES.map((node) => stores.open({ node }, { appetite: () => 2 })));
  const property = fc.asyncProperty(histories, async (batches) => {
    const run = new Run(stores.database);
    await Promise.all(nodes.map((store, index) => run.write(store, batches[index]!)));
    await run.check();
    await run.empty(nodes[0]!);
  });
  await fc.assert(property, { numRuns: storeRuns(15) });
});

/** What nodes have done to the same mailboxes. */
class Run {
  readonly #database: TestDatabase;
  readonly #refs: MessageRef[] = [];
  /** Ids of messages: those that are there, and those that have left. */
  readonly #there = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #idOf = new Map<number, string>();
  /** The nodes that messages were given to, by their seqs. */
  readonly #owners = new Map<number, string>();
  #ids = 0;

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  async write(store: Store, batches: readonly (readonly (readonly Step[])[])[]): Promise<void> {
    for (const batch of batches) {
      const entries = batch.map((steps) =>
        entry({ writes: steps.map((each) => this.#writeOf(each)), events: [event("thing.happened")] })
      );
      const results = await store.write(entries);
      for (const [index, result] of results.entries()) this.#learn(entries[index]!, { store, result });
      for (const tenant of TENANTS) {
        for (const { seq } of await store.shared!.claim({ tenant, kind: "job" }, 1)) this.#give(seq, store);
      }
    }
  }

  async check(): Promise<void> {
    const rows = await this.#database.query<MailRow>(
      `select tenant, key, id, slot, seq from messages order by tenant, key, due_at, seq`,
    );
    assert.deepEqual(rows.map(({ id }) => id).sort(), [...this.#there].sort());
    const parked = new Set(
      (await this.#database.query<MailRow>("select tenant, key from supervision where parked_at is not null"))
        .map(({ tenant, key }) => `${tenant}/${key}`),
    );
    let before = "";
    for (const { tenant, key, slot } of rows) {
      const name = `${tenant}/${key}`;
      const expected = name === before ? [0] : parked.has(name) ? [3] : [1, 2];
      assert.ok(expected.includes(slot), `${name} has a message in slot ${slot}, not ${expected}`);
      before = name;
    }
    const counted = await this.#database.query<{ tenant: string; pending: number }>(
      "select tenant, pending from tenants where pending <> 0",
    );
    for (const { tenant, pending } of counted) {
      assert.equal(pending, rows.filter((row) => row.tenant === tenant).length);
    }
    const [log] = await this.#database.query<{ events: number; last: number; reach: number }>(
      `select (select coalesce(sum(last - first + 1), 0) from event_log where tenant = 'acme') as events,
        (select coalesce(max(last), 0) from event_log where tenant = 'acme') as reach,
        coalesce((select last_event from tenants where tenant = 'acme'), 0) as last`,
    );
    assert.deepEqual([log?.events, log?.reach], [log?.last, log?.last], "a log with a hole, or with one number twice");
  }

  async empty(store: Store): Promise<void> {
    await this.#database.query("update messages set owner = 0");
    const rows = await this.#database.query<MailRow & { due_at: number }>("select * from messages");
    await store.write(
      rows.map(({ tenant, key, due_at, seq }) =>
        entry({ writes: [remove({ tenant, kind: "job", key, dueAt: due_at, seq })] })
      ),
    );
    await this.#database.query("truncate supervision, dead_letters");
  }

  #writeOf(step: Step): Write {
    switch (step.step) {
      case "append": {
        const { tenant, key, dueIn, dedupeKey } = step;
        return append({ tenant, key, dedupeKey, dueAt: NOON + dueIn, id: `m${this.#ids++}` });
      }
      case "park":
      case "unpark": {
        const address = { tenant: step.tenant, kind: "job", key: step.key };
        if (step.step === "unpark") return { write: "unpark", address };
        return { write: "park", address, parked: { at: NOON, reason: "", because: `job/${KEYS[0]}` } };
      }
      case "wake":
        return { write: "wake", now: NOON + 1, limit: 3 };
      case "refused":
        return noteRow("rated", { id: "nobody", stars: 1 });
    }
    const ref = this.#refs[step.pick] ?? { tenant: "acme", kind: "job", key: "a", dueAt: NOON, seq: 1 };
    switch (step.step) {
      case "remove":
        return remove(ref);
      case "bury":
        return bury(ref);
      case "postpone":
        return postpone(ref, { readyAt: NOON + 1 });
      case "mark":
        return { write: "mark", ref, deaths: 0 };
    }
  }

  /** Nobody dies or gives anything up, so what was given to a node stays its own. */
  #give(seq: number, { ownership: { node } }: Store): void {
    const before = this.#owners.get(seq) ?? node;
    assert.equal(node, before, `${this.#idOf.get(seq)} was given to ${before} and to ${node}`);
    this.#owners.set(seq, node);
  }

  /** A message that left twice, or never came, is told at once. */
  #learn({ writes }: StoreEntry, { store, result }: { store: Store; result: EntryResult }): void {
    if (result.status !== "committed") return;
    for (const { seq } of result.ready) this.#give(seq, store);
    let index = 0;
    for (const write of writes) {
      if (write.write === "append") {
        const place = result.appended[index++]!;
        if (place.slot === "held") continue;
        const { tenant, kind, key, id } = write.message;
        this.#refs.push({ tenant, kind, key, dueAt: place.dueAt ?? write.message.dueAt, seq: place.seq });
        this.#idOf.set(place.seq, id);
        if (place.slot === "ready") this.#give(place.seq, store);
        if (!this.#gone.has(id)) this.#there.add(id);
      }
      if (write.write !== "remove" && write.write !== "bury") continue;
      const id = this.#idOf.get(write.ref.seq)!;
      assert.ok(!this.#gone.has(id), `${id} left twice`);
      this.#gone.add(id);
      this.#there.delete(id);
    }
  }
}

interface MailRow {
  readonly tenant: string;
  readonly key: string;
  readonly id: string;
  readonly slot: number;
  readonly seq: number;
}

Deno.test("a reader sees each tenant's events in order and without a hole, while several nodes write", async () => {
  await using stores = await postgresStores();
  const nodes = await Promise.all(NODES.map((node) => stores.open({ node })));
  const reader = await stores.open({ node: "reader" });
  const each = 60;
  let writing = NODES.length;
  const seen = new Map(TENANTS.map((tenant): [string, string[]] => [tenant, []]));
  const told = new Map(TENANTS.map((tenant): [string, Map<number, string>] => [tenant, new Map()]));
  const read = async () => {
    for (const [tenant, log] of seen) {
      for (const { number, type } of await reader.read.events(tenant, { after: log.length, limit: 1_000 })) {
        assert.equal(number, log.push(type), `${tenant} shows ${number} too early`);
      }
    }
  };
  const write = async (store: Store, index: number) => {
    for (let count = 0; count < each; count++) {
      // Tenants in either order.
      const tenants = (count + index) % 2 === 0 ? TENANTS : TENANTS.toReversed();
      const entries = tenants.map((tenant) => {
        const type = `${NODES[index]}.n${count}`;
        return entry({ tenant, writes: [append({ tenant, key: "hot" })], events: [event(type), event(type)] });
      });
      for (const [at, result] of (await store.write(entries)).entries()) {
        assert.ok(result.status === "committed");
        told.get(tenants[at]!)!.set(result.firstEvent, entries[at]!.events![0]!.type);
      }
    }
    writing--;
  };
  const follow = async () => {
    while (writing > 0) await read();
    await read();
  };
  await Promise.all([follow(), ...nodes.map(write)]);
  for (const [tenant, log] of seen) {
    assert.equal(log.length, 2 * each * NODES.length);
    for (const [first, type] of told.get(tenant)!) assert.deepEqual(log.slice(first - 1, first + 1), [type, type]);
    const mailbox = await reader.read.mailbox({ tenant, kind: "job", key: "hot" }, 1_000);
    assert.equal(mailbox.length, each * NODES.length);
    const depth = (await reader.read.pending()).get(tenant);
    assert.equal(depth, mailbox.length);
  }
});

Deno.test("of several nodes that append to an actor each sees its messages in the order of their acknowledgement", async () => {
  await using stores = await postgresStores();
  const nodes = await Promise.all(NODES.map((node) => stores.open({ node })));
  const acknowledged: string[] = [];
  // The clock of each node is somewhere else.
  for (let count = 0; count < 30; count++) {
    const now = NOON + [0, 7, 3][count % 3]! + count;
    const id = `m${count}`;
    const [result] = await nodes[count % 3]!.write([
      entry({ at: now, writes: [append({ id, dueAt: now, enqueuedAt: now })] }),
    ]);
    assert.equal(result?.status, "committed");
    acknowledged.push(id);
  }
  const mailbox = await nodes[0]!.read.mailbox({ tenant: "acme", kind: "job", key: "one" }, 99);
  assert.deepEqual(mailbox.map(({ id }) => id), acknowledged);
});
