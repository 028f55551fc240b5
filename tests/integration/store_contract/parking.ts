import assert from "node:assert/strict";
import type { Address } from "../../../runtime/actor/address.ts";
import type { Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  bury,
  commit,
  entry,
  NOON,
  postpone,
  readyIds,
  refusal,
  remove,
  writing,
} from "../../support/store_entries.ts";

const ONE = { tenant: "acme", kind: "job", key: "one" };
const TWO = { ...ONE, key: "two" };

export function parkingContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} park makes the head of the mailbox neither ready nor waiting`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await appended(store, { id: "ready" });
    await appended(store, { key: "two", dueAt: NOON + 5 });
    const { ready, nextDueAt } = await commit(store, writing(park(ONE), park(TWO)));
    assert.deepEqual({ ready, nextDueAt }, { ready: [], nextDueAt: null });
    assert.deepEqual(await readyIds(store.read), []);
    assert.deepEqual(await store.read.readyLanes(), []);
    assert.equal(await store.read.nextDueAt(), null);
    const woken = await commit(store, writing({ write: "wake", now: NOON + 9, limit: 10 }));
    assert.deepEqual(woken.ready, []);
    assert.deepEqual((await store.read.mailbox(ONE, 10)).map(({ id }) => id), ["ready"]);
  });

  Deno.test(`${name} append to a parked actor tells neither a delivery nor a time`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(park(ONE)));
    const first = await commit(store, writing(append({ dueAt: NOON + 5 }, { fresh: true })));
    const overtaking = await commit(store, writing(append()));
    const behind = await commit(store, writing(append({ dueAt: NOON + 9 })));
    const told = [first, overtaking, behind].map((result) => [result.appended[0]?.slot, result.nextDueAt]);
    assert.deepEqual(told, [["parked", null], ["parked", null], ["behind", null]]);
    assert.deepEqual(await readyIds(store.read), []);
    assert.equal(await store.read.nextDueAt(), null);
  });

  for (const [end, write] of [["remove", remove], ["bury", bury]] as const) {
    Deno.test(`${name} park leaves it to ${end} to end what is at the host, and tells nothing of the next`, async () => {
      await using opened = await openStore();
      const { store } = opened;
      const atHost = await appended(store, { id: "at host" });
      await appended(store, { id: "next" });
      await commit(store, writing(park(ONE)));
      const { ready } = await commit(store, writing(write(atHost)));
      assert.deepEqual(ready, []);
      assert.deepEqual((await store.read.mailbox(ONE, 10)).map(({ id }) => id), ["next"]);
      assert.deepEqual(await readyIds(store.read), []);
      assert.deepEqual((await commit(store, writing(unpark(ONE)))).ready.map(({ id }) => id), ["next"]);
    });
  }

  Deno.test(`${name} park leaves it to postpone to put off what is at the host`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const atHost = await appended(store);
    await commit(store, writing(park(ONE)));
    const put = await commit(store, writing(postpone(atHost, { readyAt: NOON + 5 })));
    assert.deepEqual([put.ready, put.nextDueAt, await store.read.nextDueAt()], [[], null, null]);
    const { ready, nextDueAt } = await commit(store, writing(unpark(ONE)));
    assert.deepEqual([ready, nextDueAt, await store.read.nextDueAt()], [[], NOON + 5, NOON + 5]);
  });

  Deno.test(`${name} park of a parked actor changes nothing`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(park(ONE, { reason: "first" })));
    await commit(store, writing(park(ONE, { at: NOON + 1, reason: "second", because: "job/two" })));
    const parked = { at: NOON, reason: "first", because: null };
    assert.deepEqual(await store.read.supervised(ONE), { parent: null, restarts: [], parked });
  });

  Deno.test(`${name} unpark tells the head`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(park(ONE)));
    for (const id of ["a", "b"]) await appended(store, { id });
    const { ready, nextDueAt } = await commit(store, writing(unpark(ONE)));
    assert.deepEqual(ready, await store.read.mailbox(ONE, 1));
    assert.equal(nextDueAt, null);
    assert.deepEqual(await readyIds(store.read), ["a"]);
  });

  Deno.test(`${name} unpark also frees those of its tenant that were parked because of it`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const rival = { ...TWO, tenant: "rival" };
    const three = { ...ONE, key: "three" };
    await commit(store, writing(park(ONE), park(TWO, { because: "job/one" }), park(three, { because: "job/two" })));
    await commit(store, writing(park(rival, { because: "job/one" })));
    await commit(store, writing(...[ONE, TWO, three, rival].map((address) => append({ ...address, id: address.key }))));
    const { ready } = await commit(store, writing(unpark(ONE)));
    assert.deepEqual(ready.map(({ id }) => id).sort(), ["one", "two"]);
    const parked = await Promise.all([ONE, TWO, three, rival].map((address) => store.read.supervised(address)));
    assert.deepEqual(parked.map((supervised) => (supervised?.parked ?? null) !== null), [false, false, true, true]);
  });

  Deno.test(`${name} unpark forgets the actor's restarts and is refused when it is not parked`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing({ write: "restarts", address: ONE, restarts: [1, 2] }, park(ONE)));
    await commit(store, writing(unpark(ONE)));
    assert.equal(await store.read.supervised(ONE), null);
    assert.deepEqual((await store.write([writing(unpark(ONE)), writing(unpark(TWO))])).map(refusal), [
      "conflict",
      "conflict",
    ]);
  });

  Deno.test(`${name} tells a message again that its actor's parking took back in the same batch`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const results = await store.write([writing(append({ id: "a" })), writing(park(ONE)), writing(unpark(ONE))]);
    const told = results.map((result) => result.status === "committed" && result.ready.map(({ id }) => id));
    assert.deepEqual(told, [[], [], ["a"]]);
  });

  Deno.test(`${name} parks nobody with a refused entry`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const gone = { ...(await appended(store)), seq: 999_999 };
    await commit(store, writing(park(TWO)));
    const results = await store.write([
      writing(park(ONE), remove(gone)),
      writing(unpark(TWO), remove(gone)),
      writing(append({ key: "two" })),
      writing(append({ dueAt: NOON - 1, id: "a" })),
    ]);
    const slots = results.map((result) => result.status === "committed" ? result.appended[0]?.slot : result.status);
    assert.deepEqual(slots, ["refused", "refused", "parked", "ready"]);
    assert.deepEqual(await readyIds(store.read), ["a"]);
    const later = await commit(store, writing(append({ dueAt: NOON - 2 }), append({ key: "two", dueAt: NOON - 2 })));
    assert.deepEqual(later.appended.map(({ slot }) => slot), ["ready", "parked"]);
  });

  Deno.test(`${name} keeps an actor parked when it is opened again, and frees it then`, async () => {
    await using opened = await openStore();
    await commit(opened.store, writing(park(ONE), append({ id: "a" })));
    const again = await opened.reopen();
    const { appended: [place] } = await commit(again, writing(append({ dueAt: NOON - 1, id: "b" })));
    assert.equal(place?.slot, "parked");
    const { ready } = await commit(again, entry({ writes: [unpark(ONE)] }));
    assert.deepEqual(ready.map(({ id }) => id), ["b"]);
    assert.equal((await commit(again, writing(append({ dueAt: NOON - 2 })))).appended[0]?.slot, "ready");
  });
}

function park(address: Address, parts: Partial<Extract<Write, { write: "park" }>["parked"]> = {}): Write {
  return { write: "park", address, parked: { at: NOON, reason: "it failed", because: null, ...parts } };
}

function unpark(address: Address): Write {
  return { write: "unpark", address };
}
