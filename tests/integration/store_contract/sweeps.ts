import assert from "node:assert/strict";
import type { Store, Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  commit,
  entry,
  NOON,
  noteRow,
  notesOf,
  refusal,
  writing,
} from "../../support/store_entries.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const MAIL = { code: "handler-failed", message: "boom", retryable: true } as const;

const sweepNotes = (before: number, limit = 50): Write => ({
  write: "sweep-rows",
  tables: "note",
  sweep: 0,
  before,
  limit,
});
const sweepBlobs = (now: number): Write => ({ write: "sweep-blobs", now, before: now - DAY_MS, limit: 50 });
const ids = async (store: Store, tenant?: string) => (await notesOf(store.read, tenant)).map(({ id }) => id);

async function addNote(
  store: Store,
  id: string,
  { stars, tenant = "acme" }: { stars: number; tenant?: string },
): Promise<void> {
  await commit(store, entry({ tenant, writes: [noteRow("added", { id, body: "" }), noteRow("rated", { id, stars })] }));
}

async function addBlob(store: Store, id: string, at = NOON): Promise<void> {
  const bytes = new Uint8Array(10);
  await commit(
    store,
    entry({ at, writes: [{ write: "blob-chunk", id, index: 0, bytes }, { write: "blob-done", id, sizeBytes: 10 }] }),
  );
}

export function sweepContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} sweeps the oldest rows of all tenants, a slice at a time, and says how many`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    for (const stars of [1, 2, 3, 4]) {
      await addNote(store, `n${stars}`, { stars, tenant: stars % 2 === 0 ? "acme" : "rival" });
    }
    const swept = async () => (await commit(store, writing(sweepNotes(4, 2)))).swept;
    assert.deepEqual([await swept(), await ids(store), await ids(store, "rival")], [2, ["n4"], ["n3"]]);
    assert.deepEqual([await swept(), await swept()], [1, 0]);
    assert.deepEqual([await ids(store), await ids(store, "rival")], [["n4"], []]);
    assert.equal((await commit(store, writing(append()))).swept, undefined);
  });

  Deno.test(`${name} removes the blobs that a sweep names: at once for readers, then their bytes`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    for (const [id, stars] of [["old", 1], ["new", 9]] as const) {
      await addBlob(store, id);
      await addNote(store, id, { stars });
    }
    await commit(store, writing(sweepNotes(5)));
    assert.equal(await store.read.blobChunk("acme", "old", 0), null);
    assert.equal((await store.read.blobChunk("acme", "new", 0))?.length, 10);
    const sweep: Write = { write: "sweep", now: NOON, blobsBefore: 1, limit: 50 };
    const swept = async () => (await commit(store, writing(sweep))).swept;
    assert.deepEqual([await swept(), await swept()], [2, 0], "its chunk, and it");
  });

  Deno.test(`${name} removes finished blobs that no tables hold, once they are a day old`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await addBlob(store, "held");
    await addNote(store, "held", { stars: 9 });
    await addBlob(store, "loose");
    const isThere = async (id: string) => await store.read.blobChunk("acme", id, 0) !== null;
    const walk = async (now: number) => {
      // Past all of them, and once more to come to the end.
      for (let slice = 0; slice < 2; slice++) await commit(store, writing(sweepBlobs(now)));
      return [await isThere("held"), await isThere("loose")];
    };
    assert.deepEqual(await walk(NOON + DAY_MS), [true, true], "not yet a day old");
    assert.deepEqual(await walk(NOON + DAY_MS + 1), [true, true], "the next walk is a day later");
    assert.deepEqual(await walk(NOON + 2 * DAY_MS + 1), [true, false]);
  });

  Deno.test(`${name} sweeps dead letters that died before, and keeps the others`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    for (const [index, at] of [NOON, NOON + 1, NOON + 2].entries()) {
      const ref = await appended(store, { id: `m${index}`, key: `k${index}` });
      await commit(store, entry({ writes: [{ write: "bury", ref, attempts: 4, crashes: 0, error: MAIL, at }] }));
    }
    const sweep = (limit: number) => writing({ write: "sweep-letters", before: NOON + 2, limit });
    assert.deepEqual([(await commit(store, sweep(1))).swept, (await commit(store, sweep(9))).swept], [1, 1]);
    assert.equal((await commit(store, sweep(9))).swept, 0);
  });

  Deno.test(`${name} refuses a sweep that nobody declares`, async () => {
    await using opened = await openStore();
    const [result] = await opened.store.write([writing({ ...sweepNotes(1), sweep: 7 } as Write)]);
    assert.equal(refusal(result), "internal");
  });
}
