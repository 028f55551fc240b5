import assert from "node:assert/strict";
import type { Store } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, appended, bury, commit, entry, event, NOON, noteRow, notesOf } from "../../support/store_entries.ts";

const TENANTS = ["acme", "rival"];

/** A row in every table that a tenant may have some in, but for what only nodes write. */
async function fill(store: Store, tenant: string): Promise<void> {
  for (let number = 0; number < 3; number++) {
    await commit(store, entry({ tenant, writes: [append({ tenant, key: `k${number}`, id: `${tenant}-${number}` })] }));
  }
  const parent = { tenant, kind: "job", key: "k0" };
  const dead = await appended(store, { tenant, key: "dead", id: `${tenant}-dead` });
  await commit(store, entry({ tenant, writes: [bury(dead)], events: [event("died"), event("buried")] }));
  await commit(
    store,
    entry({
      tenant,
      claim: { scope: "s", key: "k", print: "p", answer: "a", until: NOON + 1_000 },
      writes: [
        { write: "snapshot", address: parent, state: "{}", stateVersion: 1 },
        { write: "adopt", child: { tenant, kind: "job", key: "k1" }, parent },
        { write: "park", address: parent, parked: { at: NOON, reason: "why", because: null } },
        { write: "pause", kind: "job", by: "ada" },
        { write: "blob-chunk", id: "b", index: 0, bytes: new Uint8Array(10) },
        { write: "blob-done", id: "b", sizeBytes: 10 },
        noteRow("added", { id: `${tenant}-note`, body: "" }),
      ],
    }),
  );
}

async function seen({ read }: Store, tenant: string): Promise<unknown> {
  return {
    pending: (await read.pending()).get(tenant) ?? 0,
    mail: (await read.mailbox({ tenant, kind: "job", key: "k1" }, 10)).length,
    state: await read.snapshot({ tenant, kind: "job", key: "k0" }) === null ? 0 : 1,
    letters: (await read.deadLetters({ tenant, limit: 10 })).length,
    actors: (await read.actors({ tenant, limit: 10 })).length,
    paused: (await read.pausedKinds()).filter((kind) => kind.tenant === tenant).length,
    log: await read.logMark(tenant),
    blob: await read.blobChunk(tenant, "b", 0) === null ? 0 : 1,
    notes: (await notesOf(read, tenant)).length,
  };
}

export function erasingContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} erases a tenant from every table, a slice at a time, and nobody else`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    for (const tenant of TENANTS) await fill(store, tenant);
    const rival = await seen(store, "rival");
    const empty = await seen(store, "nobody");
    assert.notDeepEqual(await seen(store, "acme"), empty);
    const erase = async () =>
      (await commit(store, entry({ tenant: "system", writes: [{ write: "erase", tenant: "acme", limit: 2 }] }))).swept!;
    assert.equal(await erase(), 2);
    assert.equal((await store.read.pending()).get("acme"), 1);
    let steps = 1;
    while (await erase() > 0) steps++;
    assert.ok(steps > 4, `${steps}`);
    assert.deepEqual(await seen(store, "acme"), empty);
    assert.deepEqual(await seen(store, "rival"), rival);
  });

  Deno.test(`${name} gives no place twice when the tenant is erased that had the last`, async () => {
    await using opened = await openStore();
    const first = await appended(opened.store, { tenant: "rival" });
    const last = await appended(opened.store, { tenant: "acme" });
    const erase = entry({ tenant: "system", writes: [{ write: "erase", tenant: "acme", limit: 100 }] });
    await commit(opened.store, erase);
    await commit(opened.store, erase);
    const next = await appended(await opened.reopen(), { tenant: "rival", key: "two", id: "two" });
    assert.ok(next.seq > last.seq && last.seq > first.seq);
  });
}
