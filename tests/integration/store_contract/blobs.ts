import assert from "node:assert/strict";
import type { Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { commit, entry, NOON, refusal, writing } from "../../support/store_entries.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const chunk = (index: number, content: Uint8Array): Write => ({ write: "blob-chunk", id: "b", index, bytes: content });
const done = (sizeBytes: number): Write => ({ write: "blob-done", id: "b", sizeBytes });

export function blobContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} reads a finished blob from any byte to the end of its chunk`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(chunk(0, bytes(1, 2, 3))));
    await commit(store, writing(chunk(1, bytes(4, 5)), done(5)));
    const read = async (fromByte: number) => [...(await store.read.blobChunk("acme", "b", fromByte))!];
    assert.deepEqual(await read(0), [1, 2, 3]);
    assert.deepEqual(await read(1), [2, 3]);
    assert.deepEqual(await read(3), [4, 5]);
    assert.deepEqual(await read(5), []);
  });

  Deno.test(`${name} hides a blob until it is done, and from other tenants for ever`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(chunk(0, bytes(1))));
    assert.equal(await store.read.blobChunk("acme", "b", 0), null);
    await commit(store, writing(done(1)));
    assert.deepEqual(await store.read.blobChunk("acme", "b", 0), bytes(1));
    assert.equal(await store.read.blobChunk("rival", "b", 0), null);
  });

  Deno.test(`${name} keeps a blob of no bytes`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(done(0)));
    assert.deepEqual(await store.read.blobChunk("acme", "b", 0), bytes());
  });

  Deno.test(`${name} refuses chunks out of order, a wrong size, and changes to a finished blob`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const results = await store.write([
      writing(chunk(0, bytes(1))),
      writing(chunk(2, bytes(3))),
      writing(chunk(0, bytes(1))),
      writing(done(2)),
      writing(done(1)),
      writing(chunk(1, bytes(2))),
      writing(done(1)),
    ]);
    const refused = results.filter(({ status }) => status === "refused").map(refusal);
    assert.deepEqual(results.map(({ status }) => status === "committed"), [
      true,
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    assert.deepEqual(new Set(refused), new Set(["conflict"]));
    assert.deepEqual(await store.read.blobChunk("acme", "b", 0), bytes(1));
  });

  Deno.test(`${name} leaves the caller his bytes, for another try of the batch`, async () => {
    await using opened = await openStore();
    const mine = bytes(1, 2, 3);
    await commit(opened.store, writing(chunk(0, mine)));
    assert.deepEqual([...mine], [1, 2, 3]);
  });

  Deno.test(`${name} drops a blob, finished or not`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(chunk(0, bytes(1)), done(1)));
    await commit(store, writing({ write: "blob-drop", id: "b" }));
    assert.equal(await store.read.blobChunk("acme", "b", 0), null);
    await commit(store, writing(chunk(0, bytes(9)), done(1)));
    assert.deepEqual(await store.read.blobChunk("acme", "b", 0), bytes(9));
  });

  Deno.test(`${name} sweep removes old blobs that were never finished`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(chunk(0, bytes(1))));
    await commit(store, entry({ at: NOON + 5, writes: [{ ...chunk(0, bytes(2)), id: "new" } as Write] }));
    await commit(store, writing({ write: "blob-chunk", id: "whole", index: 0, bytes: bytes(3) }));
    await commit(store, writing({ write: "blob-done", id: "whole", sizeBytes: 1 }));
    await commit(store, writing({ write: "sweep", now: 0, blobsBefore: NOON + 5, limit: 10 }));
    const results = await store.write([
      writing(chunk(1, bytes(2))),
      writing({ write: "blob-chunk", id: "new", index: 1, bytes: bytes(2) }),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["refused", "committed"]);
    assert.deepEqual(await store.read.blobChunk("acme", "whole", 0), bytes(3));
  });
}
