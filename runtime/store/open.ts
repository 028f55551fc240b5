import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import type { NodeRole, Store } from "./contract.ts";
import type { PoolSettings } from "./pool_settings.ts";
import { isPostgresUrl } from "./postgres/url.ts";
import { parseDatabaseUrl } from "./sqlite/url.ts";

export interface OpenStoreOptions {
  /** `sqlite:./data/mailroom.db`, or `sqlite::memory:` for a file that is gone at the end; or `postgres://...`. */
  readonly databaseUrl: string;
  readonly registry: Registry;
  /** The module whose `registry` the store's threads load: the same as `registry`. */
  readonly registryUrl: string;
  /** The name of this process among those that ever owned the data. */
  readonly node: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** Of a database that several nodes share: what this one does, `all` by default. */
  readonly role?: NodeRole | undefined;
  /** How long this node is taken to live without a word from it. */
  readonly leaseMs?: number | undefined;
  /** The same database for a role that may change tables. */
  readonly migrateUrl?: string | undefined;
  /** For lists and reports: a server that follows the other. */
  readonly readUrl?: string | undefined;
  /** On Postgres: how connections are kept. */
  readonly pool?: PoolSettings | undefined;
  /** The system's by default. */
  readonly clock?: Clock | undefined;
}

type PostgresModule = typeof import("./postgres/open.ts");

/** Loads the engine that the URL names, and opens it. @throws {RuntimeError} `invalid-config`, `storage-locked`, ... */
export async function openStore({ databaseUrl, ...options }: OpenStoreOptions): Promise<Store> {
  if (isPostgresUrl(databaseUrl)) {
    // Under a name that Deno has to work out: what it can read here it would load for every start on a file.
    const { openPostgresStore } = await import(import.meta.resolve("./postgres/open.ts")) as PostgresModule;
    return await openPostgresStore({ ...options, databaseUrl });
  }
  const { path } = parseDatabaseUrl(databaseUrl);
  const { openSqliteStore } = await import("./sqlite/open.ts");
  return await openSqliteStore({ ...options, path });
}
