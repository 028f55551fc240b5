import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { openStore } from "../../runtime/store/open.ts";
import { openPools } from "../../runtime/store/postgres/pools.ts";
import { POOL_SETTINGS } from "../../runtime/store/pool_settings.ts";
import { createReads } from "../../runtime/store/postgres/reader.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { queryAt } from "../support/postgres.ts";
import { registry } from "../support/registry/store_registry.ts";
import { openTcpProxy } from "../support/tcp_proxy.ts";

const registryUrl = new URL("../support/registry/store_registry.ts", import.meta.url).href;
const OWNERSHIP = { node: "test", generation: 1, uncleanStarts: 0 };

/** How many sessions the server has for short reads. */
async function readers(url: string): Promise<number> {
  const asked = "select count(*) as count from pg_stat_activity where application_name = 'mailroom reader test'" +
    " and datname = current_database()";
  return (await queryAt<{ count: number }>(url, asked))[0]!.count;
}

Deno.test("a thousand short reads at once go over 3 connections to Postgres, and each is answered with its own (S4-19, S4-20)", async () => {
  await using database = await migratedDatabase(registry);
  await database.query(
    "insert into notes (tenant, id, body, stars) select 'acme', 'n' || n, 'body ' || n, 0 from generate_series(1, 1000) n",
  );
  const pools = openPools({ databaseUrl: database.url, node: "test", clock: systemClock });
  const reads = createReads({ ...pools, registry, ownership: OWNERSHIP });
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, nth) => {
      const id = `n${nth + 1}`;
      const note = await reads.point({ tenant: "acme", tables: "note", query: "byId", args: { id } }) as {
        body: string;
      };
      return note.body;
    }),
  );
  assert.deepEqual(answers, Array.from({ length: 1_000 }, (_, nth) => `body ${nth + 1}`));
  assert.equal(await readers(database.url), POOL_SETTINGS.connections);
  await pools.close();
});

Deno.test("a connection that nobody needs is closed on the server, and the next read opens another (S4-23)", async () => {
  await using database = await migratedDatabase(registry);
  const settings = { ...POOL_SETTINGS, idleMs: 50 };
  const pools = openPools({ databaseUrl: database.url, node: "test", clock: systemClock, settings });
  const reads = createReads({ ...pools, registry, ownership: OWNERSHIP });
  const address = { tenant: "acme", kind: "job", key: "one" };
  for (let round = 0; round < 2; round++) {
    assert.equal(await reads.mailboxDepth(address), 0);
    const begunAt = systemClock.monotonic();
    while (await readers(database.url) > 0) assert.ok(systemClock.monotonic() - begunAt < 5_000, "It stays open");
  }
  await pools.close();
});

Deno.test("a start waits for a Postgres that is silent, and gives up after DATABASE_CONNECT_MS (S4-21)", async () => {
  await using database = await migratedDatabase(registry);
  const url = new URL(database.url);
  await using proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  const open = (connectTimeoutMs: number) =>
    openStore({
      ...{ databaseUrl: url.href, registry, registryUrl, node: "one", now: systemClock.now() },
      pool: { ...POOL_SETTINGS, connectTimeoutMs },
    });
  proxy.pause();
  await assert.rejects(open(200), { code: "storage-unavailable", message: /not made in time.*Look at host and port/ });
  const opening = open(POOL_SETTINGS.connectTimeoutMs);
  await proxy.accepted(2);
  const cancel = systemClock.after(1_500, () => void proxy.resume());
  const store = await opening;
  cancel();
  await store.close();
});
