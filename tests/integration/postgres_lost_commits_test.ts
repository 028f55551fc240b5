import assert from "node:assert/strict";
import type { Store, StoreEntry } from "../../runtime/store/contract.ts";
import { type CommitFate, openCommitCutter } from "../support/commit_cutter.ts";
import { type PostgresStores, postgresStores } from "../support/postgres_stores.ts";
import { append, commit, committed, entry, event, eventTypes, remove, writing } from "../support/store_entries.ts";
import { openTcpProxy } from "../support/tcp_proxy.ts";
import { quickestMs } from "../support/quickest.ts";

const ONE = { tenant: "acme", kind: "job", key: "one" };
const UNAVAILABLE = { name: "RuntimeError", code: "storage-unavailable", retryable: true };

/** The store's address by another port. */
function through(port: number, { database }: PostgresStores): string {
  const url = new URL(database.url);
  url.port = String(port);
  return url.href;
}

function portOf({ database }: PostgresStores): number {
  return Number(new URL(database.url).port);
}

function told(id: string, type: string): StoreEntry {
  return entry({ writes: [append({ id })], events: [event(type)] });
}

for (const fate of ["lost", "unheard"] as const satisfies CommitFate[]) {
  Deno.test(`write() answers what became of entries whose commit was ${fate}, in whichever batch they come again`, async () => {
    await using stores = await postgresStores();
    await using cutter = openCommitCutter({ port: portOf(stores) });
    const store = await stores.open({ databaseUrl: through(cutter.port, stores) });
    const other = await stores.open({ node: "other" });
    await commit(store, entry({ events: [event("job.before")] }));
    const [first, second] = [told("a", "job.a"), told("b", "job.b")];
    const cut = cutter.arm(fate);
    await assert.rejects(store.write([first, second]), UNAVAILABLE);
    await cut;
    const expected = fate === "lost" ? [] : ["a", "b"];
    assert.deepEqual((await other.read.mailbox(ONE, 9)).map(({ id }) => id), expected);

    const results = (await store.write([second, told("c", "job.c"), first])).map(committed);
    const numbers = results.map(({ firstEvent }) => firstEvent);
    assert.deepEqual(numbers, fate === "lost" ? [2, 3, 4] : [3, 4, 2]);
    const mailbox = await store.read.mailbox(ONE, 9);
    assert.deepEqual(mailbox.map(({ id }) => id), fate === "lost" ? ["b", "c", "a"] : ["a", "b", "c"]);
    const seqs = results.map(({ appended: [place] }) => place?.slot !== "held" && place?.seq);
    assert.deepEqual(seqs, ["b", "c", "a"].map((id) => mailbox.find((message) => message.id === id)!.seq));
    assert.equal((await eventTypes(store.read)).length, 4);
    // A copy is another entry.
    await commit(store, { ...first });
    assert.equal(await store.read.mailboxDepth(ONE), 4);
  });
}

Deno.test("write() leaves all of a batch or nothing, wherever the connection is reset in it", async () => {
  await using stores = await postgresStores();
  await using proxy = await openTcpProxy({ hostname: "127.0.0.1", port: portOf(stores) });
  const store = await stores.open({ databaseUrl: through(proxy.port, stores) });
  const { read } = await stores.open({ node: "other" });
  await commit(store, told("first", "job.told"));
  let [count, cut] = [1, 0];
  for (let bytes = 40;; bytes += 40) {
    const batch = ["x", "y"].map((part) => told(`${bytes}${part}`, "job.told"));
    const passed = proxy.cutAfter(bytes, "client");
    const outcome = await store.write(batch).then(() => "written", ({ code }) => code);
    if (outcome === "written") break;
    assert.equal(outcome, "storage-unavailable");
    await passed;
    cut++;
    const depth = await read.mailboxDepth(ONE);
    assert.ok(depth === count || depth === count + 2, `${depth} of ${count + 2}`);
    (await writtenAtLast(store, batch)).map(committed);
    count += 2;
    assert.equal(await read.mailboxDepth(ONE), count);
    assert.deepEqual(await read.logMark("acme"), { last: count, trimmedTo: 0 });
  }
  assert.ok(cut > 20, `${cut} were cut`);
});

Deno.test("writeNext() is not written when the batch before it was not", async () => {
  await using stores = await postgresStores();
  await using cutter = openCommitCutter({ port: portOf(stores) });
  const store = await stores.open({ databaseUrl: through(cutter.port, stores) });
  for (const fate of ["lost", "unheard"] as const) {
    const before = (await store.read.logMark("acme")).last;
    const [first, second] = [told(`${fate} 1`, "job.first"), told(`${fate} 2`, "job.second")];
    cutter.arm(fate);
    const both = [store.write([first]), store.writeNext!([second])];
    const heard = await Promise.all(both.map((one) => one.then(() => "written", ({ code }) => code)));
    assert.deepEqual(heard, ["storage-unavailable", "storage-unavailable"]);
    const results = await writtenAtLast(store, [first, second]);
    assert.deepEqual(results.map((result) => committed(result).firstEvent), [before + 1, before + 2]);
    const [third, fourth] = await Promise.all([
      store.write([told(`${fate} 3`, "job.third")]),
      store.writeNext!([told(`${fate} 4`, "job.fourth")]),
    ]);
    assert.deepEqual([third, fourth].map(([result]) => committed(result).firstEvent), [before + 3, before + 4]);
  }
});

Deno.test("write() waits for a transaction that its node holds no longer than the server lets it", async () => {
  await using stores = await postgresStores();
  await using cutter = openCommitCutter({ port: portOf(stores) });
  const stopped = await stores.open({ databaseUrl: through(cutter.port, stores), leaseMs: 2_000 });
  const other = await stores.open({ node: "other" });
  const held = cutter.arm("held");
  const mine = entry({ writes: [append({ id: "stopped" })], events: [event("job.stopped")] });
  const first = stopped.write([mine]).catch((reason) => reason);
  await held;
  // The same mailbox and the same counter.
  const { firstEvent } = await commit(other, told("other", "job.other"));
  assert.equal(firstEvent, 1);
  assert.equal((await first).code, "storage-unavailable");
  assert.equal(committed((await writtenAtLast(stopped, [mine]))[0]).firstEvent, 2);
  assert.deepEqual(await eventTypes(other.read), ["1 job.other", "2 job.stopped"]);
});

Deno.test("write() is refused as fenced once the life was ended, and changes nothing", async () => {
  await using stores = await postgresStores();
  const store = await stores.open();
  const other = await stores.open({ node: "other" });
  await commit(store, told("a", "job.a"));
  const [mine] = await store.read.mailbox(ONE, 1);
  await stores.outlive(store, other);
  for (const late of [told("b", "job.b"), writing(remove(mine!)), entry()]) {
    await assert.rejects(store.write([late]), { code: "fenced" });
  }
  await assert.rejects(store.write([]), { code: "fenced" });
  assert.deepEqual((await other.read.mailbox(ONE, 9)).map(({ id }) => id), ["a"]);
  assert.deepEqual(await other.read.logMark("acme"), { last: 1, trimmedTo: 0 });
  // What it owned is free.
  await commit(other, writing(remove(mine!)));
});

Deno.test("write() is answered within a second when the network swallows everything, and heals", async () => {
  await using stores = await postgresStores();
  await using proxy = await openTcpProxy({ hostname: "127.0.0.1", port: portOf(stores) });
  const store = await stores.open({ databaseUrl: through(proxy.port, stores) });
  await commit(store, told("a", "job.a"));
  let written = 1;
  const tookMs = await quickestMs(1_000, async () => {
    proxy.pause();
    const begunAt = performance.now();
    const mine = told(`b${written}`, "job.b");
    await assert.rejects(store.write([mine]), UNAVAILABLE);
    const tookMs = performance.now() - begunAt;
    await proxy.resume();
    assert.equal(committed((await writtenAtLast(store, [mine]))[0]).firstEvent, ++written);
    return tookMs;
  });
  assert.ok(tookMs < 1_000, `${tookMs} ms`);
  assert.equal(await store.read.mailboxDepth(ONE), written);
});

/** As the committer does: the same entries again, until they are written. */
async function writtenAtLast(store: Store, batch: readonly StoreEntry[]): ReturnType<Store["write"]> {
  for (let tries = 0;; tries++) {
    try {
      return await store.write(batch);
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "storage-unavailable" || tries === 20) throw thrown;
    }
  }
}

Deno.test("write() goes on after its connection was ended", async () => {
  await using stores = await postgresStores();
  const store = await stores.open();
  await commit(store, told("a", "job.a"));
  await stores.database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'mailroom writer%'",
  );
  const { firstEvent } = committed((await writtenAtLast(store, [told("b", "job.b")]))[0]);
  assert.equal(firstEvent, 2);
});
