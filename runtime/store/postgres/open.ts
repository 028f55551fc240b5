import type { Registry } from "../../actor/registry.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { NodeRole, Store } from "../contract.ts";
import { migrate } from "../migrate.ts";
import { BatchWriter } from "./batch_writer.ts";
import { openClient } from "./connection.ts";
import { kyselyOver, poolOfOne } from "./dialect.ts";
import { storageFault } from "./faults.ts";
import { LifeLease } from "./lease.ts";
import type { Life } from "./life.ts";
import { beginLife } from "./lives.ts";
import { openPools } from "./pools.ts";
import { createReads } from "./reader.ts";
import { KindWrites } from "./row_writes.ts";
import { type Driver, Session } from "./session.ts";
import { createShared } from "./shared_store.ts";
import { PostgresStore } from "./postgres_store.ts";
import { KindSweeps } from "./sweeps.ts";

export interface PostgresOptions {
  /** `postgres://...` */
  readonly databaseUrl: string;
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
  readonly clock?: Clock | undefined;
}

export const LEASE_MS = 10_000;
/** A caller hears within this time that it is not known whether his batch was written. */
const ANSWER_MS = 900;

/**
 * Migrates the database and begins a life of the node there.
 * @throws {RuntimeError} `invalid-config`, `storage-newer`, `storage-unavailable` or `storage-corrupt`
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  try {
    return await open(options);
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
}

async function open(
  { databaseUrl, readUrl, registry, node, now, role = "all", leaseMs = LEASE_MS, clock = systemClock }: PostgresOptions,
): Promise<Store> {
  const [writes, sweeps] = [new KindWrites(registry), new KindSweeps(registry)];
  await migrateAt({ databaseUrl, node }, registry);
  const limits = writerLimits(leaseMs);
  // A loss is heard by whoever waits for an answer, or asks next.
  const connect = async () =>
    new Session(await openClient({ databaseUrl, purpose: "writer", node, limits }) as unknown as Driver);
  const session = await connect();
  const ownership = await beginLife(session, { node, role, leaseMs, now });
  const { generation } = ownership;
  const life: Life = { ownership, leaseMs, lease: new LifeLease({ clock, generation, leaseMs }), duties: undefined };
  const pools = openPools({ databaseUrl, readUrl, node, clock });
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
    open: connect,
    session,
    clock,
    answerWithinMs: ANSWER_MS,
    giveUpAfterMs: limits.statement + ANSWER_MS,
  });
  return new PostgresStore(ownership, {
    writer,
    reads: createReads({ ...pools, registry, ownership }),
    shared,
    pools,
  });
}

/** What holds locks, stopped or stuck, is ended by the server before its lease is over. */
function writerLimits(leaseMs: number): { answer: number; statement: number; lock: number; idle: number } {
  const most = Math.ceil(leaseMs / 2);
  return { answer: 0, statement: Math.min(5_000, most), lock: Math.min(3_000, most), idle: Math.min(3_000, most) };
}

async function migrateAt(
  { databaseUrl, node }: { databaseUrl: string; node: string },
  registry: Registry,
): Promise<void> {
  const client = await openClient({ databaseUrl, purpose: "migration", node });
  try {
    await migrate(kyselyOver(poolOfOne(client)), registry);
  } finally {
    await client.end();
  }
}
