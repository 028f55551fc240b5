import type { Registry } from "../actor/registry.ts";
import type { NodeRole, Store } from "./contract.ts";
import { parseDatabaseUrl } from "./sqlite/url.ts";

export interface OpenStoreOptions {
  /** `sqlite:./data/mailroom.db`, or `sqlite::memory:` for a file that is gone at the end. */
  readonly databaseUrl: string;
  readonly registry: Registry;
  /** The module whose `registry` the store's threads load: the same as `registry`. */
  readonly registryUrl: string;
  /** The name of this process among those that ever owned the data. */
  readonly node: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** What several nodes that share the database know of this one; nothing where it is this one's alone. */
  readonly role?: NodeRole;
  readonly leaseMs?: number;
}

/** Loads the engine that the URL names, and opens it. @throws {RuntimeError} `invalid-config`, `storage-locked`, ... */
export async function openStore({ databaseUrl, ...options }: OpenStoreOptions): Promise<Store> {
  const { path } = parseDatabaseUrl(databaseUrl);
  const { openSqliteStore } = await import("./sqlite/open.ts");
  return await openSqliteStore({ ...options, path });
}
