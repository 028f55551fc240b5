import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import type { StoreReads } from "../../runtime/store/contract.ts";
import { openPools } from "../../runtime/store/postgres/pools.ts";
import { createReads } from "../../runtime/store/postgres/reader.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { registry } from "../support/registry/store_registry.ts";
import { openTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import { quickestMs } from "../support/quickest.ts";

const ADDRESS = { tenant: "acme", kind: "job", key: "one" };
const OWNERSHIP = { node: "test", generation: 1, uncleanStarts: 0 };
const AWAY = { name: "RuntimeError", code: "storage-unavailable", retryable: true };

Deno.test("a read of a server behind a network that swallows everything fails within a second, and works again after", async () => {
  await using rig = await readsOverProxy();
  const { reads, proxy } = rig;
  await Promise.all([reads.mailboxDepth(ADDRESS), reads.actors({ tenant: "acme", limit: 1 })]);
  const tookMs = await quickestMs(1_000, async () => {
    proxy.pause();
    const begunAt = systemClock.monotonic();
    const asked = [
      ...Array.from({ length: 12 }, () => reads.mailboxDepth(ADDRESS)),
      ...Array.from({ length: 6 }, () => reads.actors({ tenant: "acme", limit: 1 })),
      reads.query({ tenant: "acme", tables: "note", query: "all", args: "{}" }),
    ];
    await Promise.all(asked.map((answer) => assert.rejects(answer, AWAY)));
    const tookMs = systemClock.monotonic() - begunAt;
    await proxy.resume();
    assert.equal(await reads.mailboxDepth(ADDRESS), 0);
    return tookMs;
  });
  assert.ok(tookMs < 1_000, `${tookMs} ms`);
});

Deno.test("a read of a server that is not there fails at once, and works again after", async () => {
  await using rig = await readsOverProxy();
  const { reads, proxy } = rig;
  await proxy.refuse();
  await Promise.all(Array.from({ length: 9 }, () => assert.rejects(reads.mailboxDepth(ADDRESS), AWAY)));
  await proxy.resume();
  assert.equal(await reads.mailboxDepth(ADDRESS), 0);
});

Deno.test("a read whose connection was reset is done once more over another", async () => {
  await using rig = await readsOverProxy();
  const { reads, proxy } = rig;
  await reads.mailboxDepth(ADDRESS);
  for (let round = 0; round < 5; round++) {
    proxy.reset();
    assert.equal(await reads.mailboxDepth(ADDRESS), 0);
  }
});

Deno.test("a read that takes long is waited for while the server is there", async () => {
  await using rig = await readsOverProxy();
  const args = JSON.stringify({ seconds: 1.2 });
  const answer = await rig.reads.query({ tenant: "acme", tables: "note", query: "slept", args });
  assert.equal(JSON.parse(answer), "awake");
});

Deno.test("a read that takes long is waited for while the server takes no more connections", async () => {
  await using database = await migratedDatabase(registry);
  await database.query("create role crowded login connection limit 1");
  const url = new URL(database.url);
  url.username = "crowded";
  const pools = openPools({ databaseUrl: url.href, node: "test", clock: systemClock });
  const reads = createReads({ ...pools, registry, ownership: OWNERSHIP });
  const args = JSON.stringify({ seconds: 1.2 });
  try {
    assert.equal(JSON.parse(await reads.query({ tenant: "acme", tables: "note", query: "slept", args })), "awake");
  } finally {
    await pools.close();
    await database.query("drop role crowded");
  }
});

Deno.test("what may lag is read from the server that follows, or from the other when that is away; handlers' queries never", async () => {
  await using database = await migratedDatabase(registry);
  await using follower = await migratedDatabase(registry);
  const add = "insert into notes (tenant, id, body, stars) values ('acme', 'n', $1, 0)";
  await database.query(add, ["latest"]);
  await follower.query(add, ["lagging"]);
  const bodyOf = async (readUrl: string, mayLag?: boolean) => {
    const pools = openPools({ databaseUrl: database.url, readUrl, node: "test", clock: systemClock });
    const reads = createReads({ ...pools, registry, ownership: OWNERSHIP });
    const asked = { tenant: "acme", tables: "note", query: "byId", args: '{"id":"n"}' };
    const answer = JSON.parse(await reads.query(mayLag === undefined ? asked : { ...asked, mayLag }));
    await pools.close();
    return answer.body;
  };
  const nowhere = new URL(follower.url);
  nowhere.port = "1";
  assert.equal(await bodyOf(follower.url, true), "lagging");
  assert.equal(await bodyOf(follower.url), "latest");
  assert.equal(await bodyOf(nowhere.href, true), "latest");
});

async function readsOverProxy(): Promise<{ reads: StoreReads; proxy: TcpProxy } & AsyncDisposable> {
  const database = await migratedDatabase(registry);
  const url = new URL(database.url);
  const proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  const pools = openPools({ databaseUrl: url.href, node: "test", clock: systemClock });
  const reads = createReads({ ...pools, registry, ownership: OWNERSHIP });
  return {
    reads,
    proxy,
    async [Symbol.asyncDispose]() {
      await pools.close();
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
