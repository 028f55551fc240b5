import assert from "node:assert/strict";
import { type Message, refOf } from "../../runtime/actor/message.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import type { Store, Write } from "../../runtime/store/contract.ts";
import { postgresStores } from "../support/postgres_stores.ts";
import {
  append,
  appended,
  commit,
  committed,
  NOON,
  postpone,
  refusal,
  remove,
  writing,
} from "../support/store_entries.ts";

const LANE = { tenant: "acme", kind: "job" };
const FENCED = { name: "RuntimeError", code: "fenced" };

Deno.test("a head that is appended belongs to its node up to its appetite, and the rest to whoever claims it", async () => {
  await using stores = await postgresStores();
  const one = await stores.open({ node: "one" }, { appetite: () => 2 });
  const two = await stores.open({ node: "two" });
  const { appended: places } = await commit(one, writing(...["a", "b", "c"].map((key) => append({ key }))));
  assert.deepEqual(places.map(({ slot }) => slot), ["ready", "ready", "unowned"]);
  assert.deepEqual((await two.shared!.claim(LANE, 9)).map(({ key }) => key), ["c"]);
  assert.deepEqual((await one.shared!.claim(LANE, 9)).map(({ key }) => key), ["a", "b"]);
});

Deno.test("a head of a limited kind belongs to nobody before it is claimed, and then with all that comes behind it", async () => {
  await using stores = await postgresStores();
  const limits = { limitsOf: () => ({ total: 1 }) };
  const [one, two] = [await stores.open({ node: "one" }, limits), await stores.open({ node: "two" }, limits)];
  const { appended: places } = await commit(
    one,
    writing(append({ key: "a" }), append({ key: "a" }), append({ key: "b" })),
  );
  assert.deepEqual(places.map(({ slot }) => slot), ["unowned", "behind", "unowned"]);
  const [head] = await two.shared!.claim(LANE, 9);
  assert.deepEqual(await one.shared!.claim(LANE, 9), []);
  const { ready: [next] } = await commit(two, writing(remove(refOf(head!))));
  assert.equal(next?.key, "a");
  assert.deepEqual(await one.shared!.claim(LANE, 9), []);
  await commit(two, writing(remove(refOf(next!))));
  assert.deepEqual((await one.shared!.claim(LANE, 9)).map(({ key }) => key), ["b"]);
});

Deno.test("where a tenant's heads are limited over all kinds, they belong to nobody before they are claimed", async () => {
  await using stores = await postgresStores();
  const [one, two] = [
    await stores.open({ node: "one" }, { tenantLimitOf: () => 2 }),
    await stores.open({ node: "two" }, { tenantLimitOf: () => 2 }),
  ];
  await commit(one, writing(...["a", "b", "c"].map((key) => append({ key, kind: key }))));
  const claims = ["a", "b", "c"].flatMap((kind) => [one, two].map((node) => node.shared!.claim({ ...LANE, kind }, 9)));
  assert.equal((await Promise.all(claims)).flat().length, 2);
});

Deno.test("a head that another node owns cannot be handled or put off, by whomever but its owner", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  const ref = await appended(one);
  const refused = await two.write([writing(remove(ref)), writing(postpone(ref))]);
  assert.deepEqual(refused.map(refusal), ["conflict", "conflict"]);
  await one.shared!.disown();
  committed((await two.write([writing(postpone(ref))]))[0]);
});

Deno.test("once its life was ended a node writes, claims, renews and disowns nothing, and others go on with its heads", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  const ref = await appended(one);
  await stores.outlive(one, two);
  await assert.rejects(one.write([writing(remove(ref))]), FENCED);
  await assert.rejects(one.write([]), FENCED);
  await assert.rejects(one.shared!.claim(LANE, 1), FENCED);
  await assert.rejects(one.shared!.renew({ running: 0, waiting: 0 }), FENCED);
  await assert.rejects(one.shared!.disown(), FENCED);
  assert.equal(await two.read.mailboxDepth(ref), 1);
  assert.deepEqual((await two.shared!.claim(LANE, 1)).map(refOf), [ref]);
});

Deno.test("the head of an actor that was parked by a node that has died since is anybody's when it is unparked", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" }, { appetite: () => 0 })];
  const [ready, waiting] = [await appended(one, { key: "ready" }), await appended(one, { key: "waits" })];
  await commit(one, writing(postpone(waiting, { readyAt: NOON + 5 })));
  const parked = { at: NOON, reason: "it failed", because: null };
  await commit(one, writing(...[ready, waiting].map((address): Write => ({ write: "park", address, parked }))));
  await stores.outlive(one, two);
  await commit(two, writing(...[ready, waiting].map((address): Write => ({ write: "unpark", address }))));
  await commit(two, writing({ write: "wake", now: NOON + 5, limit: 9 }));
  assert.deepEqual((await two.shared!.claim(LANE, 9)).map(({ key }) => key), ["ready", "waits"]);
});

Deno.test("a commit prolongs the lease, here and on the database", async () => {
  await using stores = await postgresStores();
  const [one, two] = [await stores.open({ node: "one" }), await stores.open({ node: "two" })];
  await stores.database.query("update lives set lease_until = 1");
  const before = one.shared!.lease.until;
  await appended(one);
  assert.ok(one.shared!.lease.until > before);
  assert.deepEqual((await two.shared!.endLapsed()).map(({ node }) => node), []);
});

Deno.test("nodes that claim, hand over and die handle every message once and each mailbox in its order", async () => {
  await using stores = await postgresStores();
  const nodes = await Promise.all(
    ["one", "two", "three", "mortal"].map((node) => stores.open({ node }, { appetite: () => 2 })),
  );
  const below = belowOf(seededRandom(7));
  const handled: Message[] = [];
  const works = nodes.map((store) => work(store, { below, handled, isDone: () => handled.length >= MESSAGES }));
  for (let id = 0; id < MESSAGES;) {
    const some = Array.from({ length: Math.min(1 + below(12), MESSAGES - id) }, () => id++);
    const entries = some.map((id) => writing(append({ id: `${id}`, key: `k${below(24)}`, priority: below(2) })));
    (await nodes[below(3)]!.write(entries)).forEach(committed);
    if (id > MESSAGES / 2) await stores.outlive(nodes[3]!, nodes[0]!);
  }
  await Promise.all(works);
  assert.deepEqual(
    handled.map(({ id }) => Number(id)).sort((a, b) => a - b),
    Array.from({ length: MESSAGES }, (_, id) => id),
  );
  for (const [key, messages] of Map.groupBy(handled, (message) => message.key)) {
    const places = messages.map(({ dueAt, seq }) => [dueAt, seq] as const);
    assert.deepEqual(places, places.toSorted(([a, b], [c, d]) => a - c || b - d), key);
  }
});

const MESSAGES = 300;

/** Handles what it can get, a few at a time, and now and then gives up what it has, until all is done or its life was ended. */
async function work(
  store: Store,
  { below, handled, isDone }: {
    readonly below: (bound: number) => number;
    readonly handled: Message[];
    readonly isDone: () => boolean;
  },
): Promise<void> {
  let heads: Message[] = [];
  try {
    while (!isDone()) {
      if (below(8) === 0) {
        await store.shared!.disown();
        heads = [];
      }
      if (heads.length === 0) heads = [...await store.shared!.claim(LANE, 1 + below(6))];
      const some = heads.splice(0, 1 + below(3));
      const results = await store.write(some.map((head) => writing(remove(refOf(head)))));
      for (const [nth, result] of results.entries()) {
        handled.push(some[nth]!);
        heads.push(...committed(result).ready);
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError) || thrown.code !== "fenced") throw thrown;
  }
}

function belowOf(random: Random): (bound: number) => number {
  return (bound) => Math.floor(random.next() * bound);
}
