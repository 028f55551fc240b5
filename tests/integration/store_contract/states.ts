import assert from "node:assert/strict";
import type { Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  commit,
  entry,
  event,
  NOON,
  noteRow,
  notesOf,
  readyIds,
  refusal,
  remove,
  writing,
} from "../../support/store_entries.ts";

const ADDRESS = { tenant: "acme", kind: "counter", key: "one" };
const snapshot = (count: number): Write => ({
  write: "snapshot",
  address: ADDRESS,
  state: JSON.stringify({ count }),
  stateVersion: 1,
});

export function stateContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} snapshot keeps the last state and counts every change`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    assert.equal(await store.read.snapshot(ADDRESS), null);
    await store.write([writing(snapshot(1)), entry({ at: NOON + 1, writes: [snapshot(2), snapshot(3)] })]);
    await commit(store, entry({ at: NOON + 2, writes: [snapshot(4)] }));
    const expected = { state: '{"count":4}', stateVersion: 1, version: 4, updatedAt: NOON + 2 };
    assert.deepEqual(await store.read.snapshot(ADDRESS), expected);
  });

  Deno.test(`${name} snapshot counts the same when an entry beside it is refused`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const faulty = writing(snapshot(99), noteRow("rated", { id: "nobody", stars: 1 }));
    await store.write([writing(snapshot(1)), faulty, writing(snapshot(2))]);
    const kept = await store.read.snapshot(ADDRESS);
    assert.deepEqual([kept?.state, kept?.version], ['{"count":2}', 2]);
  });

  Deno.test(`${name} forget removes the state, and what comes after it starts anew`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const forget: Write = { write: "forget", address: ADDRESS };
    await commit(store, writing(snapshot(1), snapshot(2), forget));
    assert.equal(await store.read.snapshot(ADDRESS), null);
    await commit(store, writing(snapshot(3)));
    await commit(store, writing(forget, snapshot(4)));
    const kept = await store.read.snapshot(ADDRESS);
    assert.deepEqual([kept?.state, kept?.version], ['{"count":4}', 1]);
  });

  Deno.test(`${name} binds the entry's tenant to rows, whatever the arguments say`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(noteRow("added", { id: "n", body: "mine", tenant: "rival" })));
    assert.equal((await notesOf(store.read)).length, 1);
    assert.deepEqual(await notesOf(store.read, "rival"), []);
  });

  Deno.test(`${name} refuses alone the entry that the database refuses`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const handled = await appended(store, { key: "handled", id: "handled" });
    const results = await store.write([
      writing(noteRow("added", { id: "a", body: "" })),
      entry({
        writes: [remove(handled), append({ id: "sent" }), snapshot(1), noteRow("added", { id: "a", body: "twice" })],
        events: [event("job.lost")],
      }),
      writing(noteRow("added", { id: "b", body: "" })),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["committed", "refused", "committed"]);
    assert.equal(refusal(results[1]), "constraint");
    assert.deepEqual(await notesOf(store.read), [
      { tenant: "acme", id: "a", body: "" },
      { tenant: "acme", id: "b", body: "" },
    ]);
    assert.deepEqual(await readyIds(store.read), ["handled"]);
    assert.equal(await store.read.snapshot(ADDRESS), null);
    assert.equal((await store.read.logMark("acme")).last, 0);
  });

  Deno.test(`${name} refuses a row write that changed nothing when it is declared so`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const results = await store.write([
      writing(noteRow("rated", { id: "nobody", stars: 1 })),
      writing(noteRow("touched", { id: "nobody", body: "" })),
    ]);
    assert.equal(refusal(results[0]), "conflict");
    assert.equal(results[1]?.status, "committed");
  });

  Deno.test(`${name} refuses unknown writes, missing arguments and values that break a check`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(noteRow("added", { id: "a", body: "" })));
    const results = await store.write([
      writing(noteRow("toString", {})),
      writing(noteRow("added", { id: "b" })),
      writing(noteRow("rated", { id: "a", stars: -1 })),
    ]);
    assert.deepEqual(results.map(refusal), ["internal", "internal", "constraint"]);
    assert.ok(results.every((result) => result.status === "refused" && !result.error.retryable));
  });
}
