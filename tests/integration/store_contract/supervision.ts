import assert from "node:assert/strict";
import type { Address } from "../../../runtime/actor/address.ts";
import type { Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, commit, NOON, refusal, writing } from "../../support/store_entries.ts";

const PARENT = actor("parent");
const ONE = actor("one");
const PARKED = { at: NOON, reason: "it failed", because: null };

export function supervisionContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} restarts keeps the latest list, and no row for none`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    assert.equal(await store.read.supervised(ONE), null);
    await commit(store, writing(restarts(ONE, [1, 2])));
    await commit(store, writing(restarts(ONE, [2, 3])));
    assert.deepEqual(await store.read.supervised(ONE), { parent: null, restarts: [2, 3], parked: null });
    await commit(store, writing(restarts(ONE, []), restarts(actor("nobody"), [])));
    assert.equal(await store.read.supervised(ONE), null);
    assert.equal(await store.read.supervised(actor("nobody")), null);
  });

  Deno.test(`${name} restarts of none leaves a parent and a parking alone`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const two = actor("two");
    await commit(store, writing(adopt(ONE), restarts(ONE, [1]), restarts(ONE, [])));
    await commit(store, writing(park(two), restarts(two, [1]), restarts(two, [])));
    assert.deepEqual(await store.read.supervised(ONE), { parent: NAME, restarts: [], parked: null });
    assert.deepEqual(await store.read.supervised(two), { parent: null, restarts: [], parked: PARKED });
  });

  Deno.test(`${name} adopt puts children in order, and leaves one with its first parent`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [two, three, other] = [actor("two"), actor("three"), actor("other")];
    // Not in the order of their keys; one of them has failed before.
    await commit(store, writing(restarts(two, [1]), adopt(three), adopt(two)));
    await commit(store, writing(adopt(ONE), adopt(three), adopt(two, other), adopt(actor("stranger"), other)));
    assert.deepEqual(await store.read.laterSiblings(three), [two, ONE]);
    assert.deepEqual(await store.read.laterSiblings(two), [ONE]);
    assert.deepEqual(await store.read.laterSiblings(ONE), []);
    assert.deepEqual(await store.read.laterSiblings(PARENT), []);
    assert.deepEqual(await store.read.supervised(two), { parent: NAME, restarts: [1], parked: null });
  });

  Deno.test(`${name} adopt refuses a child of another tenant`, async () => {
    await using opened = await openStore();
    const child = { ...ONE, tenant: "rival" };
    const [result] = await opened.store.write([writing(adopt(child))]);
    assert.equal(refusal(result), "conflict");
    assert.equal(await opened.store.read.supervised(child), null);
  });

  Deno.test(`${name} keeps siblings apart by tenant`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const rival = (address: Address) => ({ ...address, tenant: "rival" });
    await commit(store, writing(adopt(ONE)));
    await commit(store, writing(...["zero", "two"].map((key) => adopt(rival(actor(key)), rival(PARENT)))));
    assert.deepEqual(await store.read.laterSiblings(ONE), []);
  });

  Deno.test(`${name} forget takes an actor out of the tree and leaves its children without a parent`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [failed, child] = [actor("failed"), actor("child")];
    await commit(
      store,
      writing(adopt(ONE), restarts(ONE, [1]), adopt(child, ONE), adopt(failed, ONE), restarts(failed, [7])),
    );
    await commit(store, writing({ write: "forget", address: ONE }, append({ ...ONE })));
    assert.equal(await store.read.supervised(ONE), null);
    assert.equal(await store.read.supervised(child), null);
    assert.deepEqual(await store.read.supervised(failed), { parent: null, restarts: [7], parked: null });
    assert.deepEqual(await store.read.laterSiblings(child), []);
    assert.equal(await store.read.mailboxDepth(ONE), 1);
  });

  Deno.test(`${name} forget leaves a parked actor parked, and nothing when it is freed`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const child = actor("child");
    await commit(store, writing(adopt(ONE), restarts(ONE, [1]), park(ONE), adopt(child, ONE), park(child)));
    await commit(store, writing({ write: "forget", address: ONE }));
    assert.deepEqual(await store.read.supervised(ONE), { parent: null, restarts: [], parked: PARKED });
    assert.deepEqual(await store.read.supervised(child), { parent: null, restarts: [], parked: PARKED });
    assert.equal((await commit(store, writing(append({ ...ONE })))).appended[0]?.slot, "parked");
    await commit(store, writing({ write: "unpark", address: ONE }));
    assert.equal(await store.read.supervised(ONE), null);
  });

  Deno.test(`${name} leaves no trace of supervision with a refused entry, and all of it when it is opened again`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const two = actor("two");
    await store.write([
      writing(adopt(ONE), restarts(ONE, [1])),
      writing(adopt(two), restarts(ONE, [1, 2]), { write: "unpark", address: two }),
    ]);
    const again = await opened.reopen();
    assert.deepEqual(await again.read.supervised(ONE), { parent: NAME, restarts: [1], parked: null });
    assert.equal(await again.read.supervised(two), null);
  });
}

const NAME = { kind: "counter", key: "parent" };

function actor(key: string): Address {
  return { tenant: "acme", kind: "counter", key };
}

function adopt(child: Address, parent: Address = PARENT): Write {
  return { write: "adopt", child, parent };
}

function restarts(address: Address, instants: readonly number[]): Write {
  return { write: "restarts", address, restarts: instants };
}

function park(address: Address): Write {
  return { write: "park", address, parked: PARKED };
}
