import type { Registry } from "../../actor/registry.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { NodeRole, Store } from "../contract.ts";
import { BatchWriter } from "./batch_writer.ts";
import { type Limits, openClient, probe } from "./connection.ts";
import { LifeLease } from "./lease.ts";
import type { Life } from "./life.ts";
import { beginLife } from "./lives.ts";
import { migrateDatabase } from "./migrate_database.ts";
import { POOL_SETTINGS, type PoolSettings } from "../pool_settings.ts";
import { openPools } from "./pools.ts";
import { createReads } from "./reader.ts";
import { KindWrites } from "./row_writes.ts";
import { type Driver, Session } from "./session.ts";
import { createShared } from "./shared_store.ts";
import { startFault } from "./start_fault.ts";
import { PostgresStore } from "./postgres_store.ts";
import { KindSweeps } from "./sweeps.ts";
import { Watch } from "./watch.ts";

export interface PostgresOptions {
  /** `postgres://...` */
  readonly databaseUrl: string;
  /** For a role that may change tables; `databaseUrl` by default. */
  readonly migrateUrl?: string | undefined;
  /** Of a server that follows the other: for lists and reports. */
  readonly readUrl?: string | undefined;
  readonly registry: Registry;
  /** The name of this process among those that share the database. */
  readonly node: string;
  /** Ms since the epoch. */
  readonly now: number;
  /** `all` by default. */
  readonly role?: NodeRole | undefined;
  /** How long this node is taken to live without a word from it. */
  readonly leaseMs?: number | undefined;
  /** As `POOL_SETTINGS` by default. */
  readonly pool?: PoolSettings | undefined;
  readonly clock?: Clock | undefined;
}

export const LEASE_MS = 10_000;
/** With the time that connecting may take, a server that is away is noticed within a second. */
const [PATIENCE_MS, PROBE_MS] = [400, 500];

/**
 * Migrates the database and begins a life of the node there.
 * @throws {RuntimeError} `invalid-config`, `storage-newer`, `storage-unavailable` or `storage-corrupt`
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  try {
    return await open(options);
  } catch (thrown) {
    throw startFault(thrown) ?? thrown;
  }
}

async function open(
  { databaseUrl, migrateUrl = databaseUrl, readUrl, ...options }: PostgresOptions,
): Promise<Store> {
  const { registry, node, now, role = "all", leaseMs = LEASE_MS, pool = POOL_SETTINGS, clock = systemClock } = options;
  const [writes, sweeps] = [new KindWrites(registry), new KindSweeps(registry)];
  const { connectTimeoutMs } = pool;
  await migrateDatabase({ databaseUrl: migrateUrl, node, connectTimeoutMs }, registry);
  const limits = writerLimits(leaseMs);
  // A loss is heard by whoever waits for an answer, or asks next.
  const connect = async (more: Partial<Limits> = {}) => {
    const opened: Session[] = [];
    const lost = () => opened.forEach((session) => session.isLost = true);
    const client = await openClient({ databaseUrl, purpose: "writer", node, limits: { ...limits, ...more } }, lost);
    const session = new Session(client as unknown as Driver);
    opened.push(session);
    return session;
  };
  const session = await connect({ connect: connectTimeoutMs });
  const ownership = await beginLife(session, { node, role, leaseMs, now });
  const { generation } = ownership;
  const life: Life = { ownership, leaseMs, lease: new LifeLease({ clock, generation, leaseMs }), duties: undefined };
  const pools = openPools({ databaseUrl, readUrl, node, clock, settings: pool });
  const shared = createShared({
    life,
    pool: pools.statements,
    openListener: (onLost) => openClient({ databaseUrl, purpose: "listener", node }, onLost),
    clock,
  });
  const writer = new BatchWriter({
    life,
    writes,
    sweeps,
    open: () => connect(),
    session,
    watch: new Watch({
      probe: () => probe({ databaseUrl, purpose: "writer", node, limits: { ...limits, connect: PROBE_MS } }),
      patienceMs: PATIENCE_MS,
      // The server ends statements and transactions before that.
      deadlineMs: 2 * limits.statement,
      clock,
    }),
  });
  return new PostgresStore(ownership, {
    writer,
    reads: createReads({ ...pools, registry, ownership }),
    shared,
    pools,
  });
}

/**
 * What holds locks, stopped or stuck, is ended by the server before its lease is over; one that waits for a transaction that
 * is stopped waits longer than that can last.
 */
function writerLimits(leaseMs: number): { answer: number; statement: number; lock: number; idle: number } {
  const part = (most: number, share: number) => Math.min(most, Math.ceil(leaseMs * share));
  return { answer: 0, statement: part(5_000, 1 / 2), lock: part(3_000, 1 / 3), idle: part(2_000, 1 / 5) };
}
