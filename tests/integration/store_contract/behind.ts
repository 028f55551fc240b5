import assert from "node:assert/strict";
import type { MessageRef } from "../../../runtime/actor/message.ts";
import type { MailboxBound, StoreReads } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, appended, commit, NOON, postpone, remove, writing } from "../../support/store_entries.ts";

async function idsBehind(read: StoreReads, place: MessageRef, bound: Partial<MailboxBound> = {}): Promise<string[]> {
  return (await read.mailboxBehind(place, { now: NOON, limit: 100, ...bound })).map(({ id }) => id);
}

/** What an actor may go on with, while what it has done is on its way to the disk. */
export function behindContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} mailboxBehind() answers what is ready behind a message, in mailbox order`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store, { id: "a", dueAt: NOON - 9 });
    await appended(store, { id: "c", dueAt: NOON - 1 });
    const second = await appended(store, { id: "b", dueAt: NOON - 9 });
    await appended(store, { id: "later", dueAt: NOON + 1 });
    await appended(store, { id: "another's", key: "two" });
    assert.deepEqual(await idsBehind(store.read, first), ["b", "c"]);
    assert.deepEqual(await idsBehind(store.read, second), ["c"]);
    assert.deepEqual(await idsBehind(store.read, second, { now: NOON + 1 }), ["c", "later"]);
    assert.deepEqual(await idsBehind(store.read, first, { limit: 1 }), ["b"]);
    const messages = await store.read.mailbox({ tenant: "acme", kind: "job", key: "one" }, 3);
    assert.deepEqual(await store.read.mailboxBehind(first, { now: NOON, limit: 9 }), messages.slice(1));
  });

  Deno.test(`${name} mailboxBehind() looks behind a message that is gone as well`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store, { id: "a" });
    await appended(store, { id: "b" });
    await commit(store, writing(remove(first)));
    assert.deepEqual(await idsBehind(store.read, first), ["b"]);
  });

  Deno.test(`${name} mailboxBehind() answers nothing behind a message that waits for its next attempt`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [first, second] = [await appended(store, { id: "a" }), await appended(store, { id: "b" })];
    await appended(store, { id: "c" });
    await commit(store, writing(postpone(second, { readyAt: NOON + 5 })));
    assert.deepEqual(await idsBehind(store.read, first), []);
  });

  Deno.test(`${name} mailboxBehind() answers nothing once a later message is due before that one`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store, { id: "a" });
    await appended(store, { id: "b" });
    const overtaking = await appended(store, { id: "early", dueAt: NOON - 1 });
    assert.deepEqual(await idsBehind(store.read, first), []);
    assert.deepEqual(await idsBehind(store.read, overtaking), ["a", "b"]);
    await commit(store, writing(remove(overtaking)));
    assert.deepEqual(await idsBehind(store.read, first), ["b"]);
  });

  Deno.test(`${name} mailboxBehind() answers at most 1 MiB, but one message of any size`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store);
    for (const size of [250, 250, 250, 250, 250]) {
      await commit(store, writing(append({ payload: JSON.stringify("x".repeat(size * 1024)) })));
    }
    assert.equal((await idsBehind(store.read, first)).length, 4);
    const huge = await appended(store, { key: "huge" });
    await commit(store, writing(append({ key: "huge", payload: JSON.stringify("x".repeat(2 ** 21)) })));
    assert.equal((await idsBehind(store.read, huge)).length, 1);
  });
}
