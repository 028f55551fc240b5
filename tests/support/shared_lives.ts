import type { NewMessage, NodeRole, StoreReads } from "../../runtime/store/contract.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { openClient } from "../../runtime/store/postgres/connection.ts";
import { LifeLease } from "../../runtime/store/postgres/lease.ts";
import type { Life } from "../../runtime/store/postgres/life.ts";
import { openPools, type Pools } from "../../runtime/store/postgres/pools.ts";
import { createReads } from "../../runtime/store/postgres/reader.ts";
import { createShared, type OpenedShared } from "../../runtime/store/postgres/shared_store.ts";
import { migratedDatabase } from "./migrated_postgres.ts";
import type { TestDatabase } from "./postgres.ts";
import { registry } from "./registry/store_registry.ts";
import { newMessage, NOON } from "./store_entries.ts";

/** A life on a database that others share, without what writes its batches. */
export interface SharedLife {
  readonly shared: OpenedShared;
  readonly reads: StoreReads;
  readonly pools: Pools;
  readonly generation: number;
}

export interface SharedLives extends AsyncDisposable {
  readonly database: TestDatabase;
  /** Begins a life; it goes with the rest. */
  begin(node: string, how?: { readonly role?: NodeRole }): Promise<SharedLife>;
  /** Puts heads of mailboxes there, one for each key. */
  heads(
    keys: readonly string[],
    parts?: Partial<NewMessage> & { readonly slot?: number; readonly owner?: number },
  ): Promise<void>;
  /** `key owner` of all heads, in the order of their keys. */
  owners(): Promise<string[]>;
  /** Begins a transaction with one statement. */
  transaction(sql: string, values: readonly unknown[]): Promise<{ commit(): Promise<void> }>;
  /** Resolves when a statement waits for a lock. */
  waiting(): Promise<void>;
  /** Hears the notifications of all. */
  listen(): Promise<{ next(): Promise<string> }>;
  /** The lease of the life is over. */
  lapse(life: SharedLife): Promise<void>;
}

export const LEASE_MS = 60_000;

export async function sharedLives(): Promise<SharedLives> {
  const database = await migratedDatabase(registry);
  const lives: SharedLife[] = [];
  const listeners: { end(): Promise<void> }[] = [];
  let seq = 0;
  return {
    database,
    async begin(node, { role = "all" } = {}) {
      const [{ generation }] = await database.query<{ generation: number }>(
        `insert into lives (generation, opened_at, node, role, lease_until)
         values (nextval('life_generation'), $1, $2, $3, floor(extract(epoch from clock_timestamp()) * 1000) + $4) returning generation`,
        [NOON, node, role, LEASE_MS],
      ) as [{ generation: number }];
      const pools = openPools({ databaseUrl: database.url, node, clock: systemClock });
      const life: Life = {
        ownership: { node, generation, uncleanStarts: 0 },
        leaseMs: LEASE_MS,
        lease: new LifeLease({ clock: systemClock, generation, leaseMs: LEASE_MS }),
        duties: undefined,
      };
      const shared = createShared({
        life,
        pool: pools.statements,
        openListener: (onLost) => openClient({ databaseUrl: database.url, purpose: "listener", node }, onLost),
        clock: systemClock,
      });
      shared.begin({ appetite: () => 0, limitsOf: () => undefined, tenantLimitOf: () => undefined });
      const reads = createReads({ ...pools, registry, ownership: life.ownership });
      lives.push({ shared, reads, pools, generation });
      return lives.at(-1)!;
    },
    async heads(keys, { slot = 1, owner = 0, ...parts } = {}) {
      const rows = keys.map((key) => ({ ...newMessage({ ...parts, key }), id: key, seq: ++seq }));
      await database.query(
        `insert into messages (tenant, kind, key, due_at, seq, id, name, version, payload, priority, ready_at, enqueued_at,
            sender, attempts, crashes, max_attempts, timeout_ms, dedupe_key, slot, recorded, owner)
          select tenant, kind, key, "dueAt", seq, id, name, version, payload, priority, "dueAt", "enqueuedAt",
            "by", 0, 0, "maxAttempts", "timeoutMs", "dedupeKey", $2, 0, $3
          from json_to_recordset($1::json) as row (tenant text, kind text, key text, "dueAt" bigint, seq bigint, id text, name text,
            version bigint, payload text, priority bigint, "enqueuedAt" bigint, "by" text, "maxAttempts" bigint,
            "timeoutMs" bigint, "dedupeKey" text)`,
        [JSON.stringify(rows), slot, owner],
      );
    },
    async owners() {
      const rows = await database.query<{ key: string; owner: number }>(
        "select key, owner from messages where slot > 0 order by key",
      );
      return rows.map(({ key, owner }) => `${key} ${owner}`);
    },
    async transaction(sql, values) {
      const client = await openClient({ databaseUrl: database.url, purpose: "migration", node: "test" });
      await client.query("begin");
      await client.query(sql, [...values]);
      return {
        async commit() {
          await client.query("commit");
          await client.end();
        },
      };
    },
    async waiting() {
      for (;;) {
        const [row] = await database.query<{ many: number }>(
          "select count(*) as many from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        if (row!.many > 0) return;
      }
    },
    async listen() {
      const client = await openClient({ databaseUrl: database.url, purpose: "listener", node: "ear" });
      listeners.push(client);
      const heard: string[] = [];
      let tell = () => {};
      client.on("notification", ({ payload = "" }) => {
        heard.push(payload);
        tell();
      });
      await client.query("listen mailroom");
      return {
        async next() {
          while (heard.length === 0) await new Promise<void>((resolve) => tell = resolve);
          return heard.shift()!;
        },
      };
    },
    async lapse({ generation }) {
      await database.query("update lives set lease_until = 1 where generation = $1", [generation]);
    },
    async [Symbol.asyncDispose]() {
      for (const { shared, pools } of lives) {
        await shared.close();
        await pools.close();
      }
      for (const listener of listeners) await listener.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
