import assert from "node:assert/strict";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  commit,
  entry,
  event,
  eventTypes,
  NOON,
  noteRow,
  notesOf,
  readyIds,
  remove,
  writing,
} from "../../support/store_entries.ts";

const CLAIM = { scope: "submit", key: "k", print: "p", answer: "a", until: NOON + 1 };

export function lastingContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} keeps everything when it is opened again`, async () => {
    await using opened = await openStore();
    const address = { tenant: "acme", kind: "counter", key: "one" };
    await commit(
      opened.store,
      entry({
        claim: CLAIM,
        writes: [
          append({ id: "a" }),
          append({ key: "two", dueAt: NOON + 9 }),
          noteRow("added", { id: "n", body: "text" }),
          { write: "snapshot", address, state: "{}", stateVersion: 3 },
          { write: "blob-chunk", id: "b", index: 0, bytes: Uint8Array.of(7) },
          { write: "blob-done", id: "b", sizeBytes: 1 },
        ],
        events: [event("job.a")],
      }),
    );
    const again = await opened.reopen();
    assert.deepEqual(await readyIds(again.read), ["a"]);
    assert.equal(await again.read.nextDueAt(), NOON + 9);
    assert.equal((await notesOf(again.read)).length, 1);
    assert.equal((await again.read.snapshot(address))?.stateVersion, 3);
    assert.deepEqual(await again.read.blobChunk("acme", "b", 0), Uint8Array.of(7));
    assert.deepEqual(await eventTypes(again.read), ["1 job.a"]);
    assert.equal((await again.write([entry({ claim: CLAIM })]))[0]?.status, "answered");
    assert.equal((await commit(again, entry({ events: [event("job.b")] }))).firstEvent, 2);
  });

  Deno.test(`${name} goes on with its sequence when it is opened again`, async () => {
    await using opened = await openStore();
    const first = await appended(opened.store);
    const second = await appended(await opened.reopen(), { key: "two" });
    assert.ok(second.seq > first.seq);
  });

  Deno.test(`${name} grows its generation with every opening`, async () => {
    await using opened = await openStore();
    const { generation, node } = opened.store.ownership;
    const again = await opened.reopen();
    const expected = { node, generation: generation + 1, previous: generation, uncleanStarts: 0 };
    assert.deepEqual({ previous: generation, ...again.ownership }, expected);
  });

  Deno.test(`${name} shows every commit to reads at once`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    for (let round = 0; round < 20; round++) {
      const ref = await appended(store, { id: `${round}` });
      assert.deepEqual(await readyIds(store.read), [`${round}`]);
      await commit(store, writing(remove(ref)));
      assert.deepEqual(await readyIds(store.read), []);
    }
  });

  Deno.test(`${name} close() finishes the batch under way, refuses later ones and may be repeated`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const underWay = store.write([writing(append())]);
    const closed = Promise.all([store.close(), store.close()]);
    await assert.rejects(store.write([writing(append())]), { code: "stopping" });
    assert.equal((await underWay)[0]?.status, "committed");
    await closed;
    assert.equal(await (await opened.reopen()).read.mailboxDepth({ tenant: "acme", kind: "job", key: "one" }), 1);
  });

  Deno.test(`${name} write() takes an empty batch`, async () => {
    await using opened = await openStore();
    assert.deepEqual(await opened.store.write([]), []);
  });
}
