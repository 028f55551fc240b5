import assert from "node:assert/strict";
import type { StoreEntry, Write } from "../../../runtime/store/contract.ts";
import type { MessageRef } from "../../../runtime/actor/message.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  commit,
  noteRow,
  notesOf,
  readyIds,
  refusal,
  remove,
  writing,
} from "../../support/store_entries.ts";

const RECORDED = { recorded: true };
const fresh = (key: string) => append({ key, id: key, payload: `"${key}"` }, { ...RECORDED, fresh: true });
const noted = (id: string, stars = 0): Write => noteRow("noted", { id, stars });

/** A note is made of the message, which then leaves. */
function ended(ref: MessageRef): StoreEntry {
  return writing(noted(ref.key), { ...remove(ref), ...RECORDED });
}

/** Of writes that come many at a time. */
export function manyRowsContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} writes many rows of a batch out of the messages that leave with them`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const keys = Array.from({ length: 100 }, (_, index) => `job-${index + 100}`);
    const { appended: places } = await commit(store, writing(...keys.map(fresh)));
    const refs = keys.map((key, index) => ({ ...append({ key }).message, seq: seqOf(places[index]) }));
    const results = await store.write(refs.map(ended));
    assert.ok(results.every(({ status }) => status === "committed"));
    assert.deepEqual(await notesOf(store.read), keys.map((key) => ({ tenant: "acme", id: key, body: `"${key}"` })));
    assert.deepEqual([await readyIds(store.read), await store.read.pending()], [[], new Map()]);
  });

  Deno.test(`${name} refuses alone the entry of a batch whose row changes nothing, or is not allowed`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const one = await appended(store, { key: "one" }, RECORDED);
    const two = await appended(store, { key: "two" }, RECORDED);
    const results = await store.write([ended(one), writing(noted("nobody")), writing(noted("two", -1)), ended(two)]);
    assert.deepEqual(results.map(({ status }) => status), ["committed", "refused", "refused", "committed"]);
    assert.deepEqual([refusal(results[1]), refusal(results[2])], ["conflict", "constraint"]);
    assert.deepEqual((await notesOf(store.read)).map(({ id }) => id), ["one", "two"]);
  });

  Deno.test(`${name} has written such rows before another of the batch that looks at their table`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const one = await appended(store, { key: "one" }, RECORDED);
    const results = await store.write([
      ended(one),
      writing(noteRow("touched", { id: "one", body: "touched" })),
    ]);
    assert.ok(results.every(({ status }) => status === "committed"));
    assert.deepEqual((await notesOf(store.read)).map(({ body }) => body), ["touched"]);
  });

  Deno.test(`${name} has a message that comes behind one that leaves, with others in between, as its mailbox's head`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store, { key: "busy", id: "first" });
    const results = await store.write([
      writing(append({ key: "new", id: "new" }, { fresh: true })),
      writing(append({ key: "busy", id: "second" })),
      writing(append({ key: "other", id: "other" }, { fresh: true })),
      writing(remove(first)),
      writing(append({ key: "busy", id: "third" })),
    ]);
    assert.ok(results.every(({ status }) => status === "committed"));
    assert.deepEqual((await readyIds(store.read)).toSorted(), ["new", "other", "second"]);
  });

  Deno.test(`${name} has written such rows before whatever else follows in the batch`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const one = await appended(store, { key: "one", payload: '"first"' }, RECORDED);
    const results = await store.write([
      ended(one),
      writing(noteRow("touched", { id: "one", body: "touched" })),
      writing(append({ key: "one", id: "again" }, RECORDED)),
      writing({ ...remove(one), ...RECORDED }),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["committed", "committed", "committed", "refused"]);
    assert.deepEqual((await notesOf(store.read)).map(({ body }) => body), ["touched"]);
    assert.deepEqual(await readyIds(store.read), ["again"]);
  });

  Deno.test(`${name} frees a dedupe key with the message that leaves, for those behind it in the batch`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const one = await appended(store, { key: "one", dedupeKey: "only" }, RECORDED);
    const next = append({ key: "next", id: "next", dedupeKey: "only" }, { ...RECORDED, fresh: true });
    const results = await store.write([ended(one), writing(next)]);
    assert.deepEqual(results.map((result) => result.status === "committed" && result.appended[0]?.slot), [
      undefined,
      "ready",
    ]);
    assert.deepEqual(await readyIds(store.read), ["next"]);
  });

  Deno.test(`${name} writes the rows that tell of an entry with it, and none where all that it appends is held`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await appended(store, { key: "one", dedupeKey: "only" }, RECORDED);
    const telling = (id: string, ...writes: readonly Write[]): StoreEntry => ({
      ...writing(...writes),
      rows: [noteRow("added", { id, body: "" }).row],
    });
    const held = append({ key: "two", dedupeKey: "only" });
    const results = await store.write([
      telling("held", held, held),
      telling("partly", held, append({ key: "three" })),
      telling("alone"),
      telling("refused", remove({ tenant: "acme", kind: "job", key: "nobody", dueAt: 1, seq: 1 })),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["committed", "committed", "committed", "refused"]);
    assert.deepEqual((await notesOf(store.read)).map(({ id }) => id), ["alone", "partly"]);
  });
}

function seqOf(place: Awaited<ReturnType<typeof commit>>["appended"][number] | undefined): number {
  assert.ok(place !== undefined && place.slot !== "held");
  return place.seq;
}
