import type { Clock } from "../../core/clock.ts";
import { type ConnectionOptions, openClient, probe, type Purpose } from "./connection.ts";
import { Pool } from "./pool.ts";
import { POOL_SETTINGS, type PoolSettings } from "../pool_settings.ts";

export interface PoolsOptions {
  readonly databaseUrl: string;
  /** Of a server that follows the other, for what may lag; the same by default. */
  readonly readUrl?: string | undefined;
  readonly node: string;
  readonly clock: Clock;
  readonly settings?: PoolSettings | undefined;
}

/** The connections of a store beside the one that writes its batches. */
export interface Pools {
  /** Short reads. */
  readonly points: Pool;
  /** Lists and reports that see every commit. */
  readonly lists: Pool;
  /** Those that may lag; the same pool where no server follows. */
  readonly lagging: Pool;
  /** What a life does beside its batches. */
  readonly statements: Pool;
  close(): Promise<void>;
}

/** Such a server is away: together with how long connecting may take it is below the second in which that must be noticed. */
const PATIENCE_MS = 400;
const PROBE_MS = 400;

/** How long an answer may take while the server is there. Only short reads share connections: a list would hold others up. */
const POOLS: Readonly<Record<"points" | "lists" | "statements", { purpose: Purpose; deadlineMs: number }>> = {
  points: { purpose: "reader", deadlineMs: 5_000 },
  lists: { purpose: "reports", deadlineMs: 65_000 },
  statements: { purpose: "writer", deadlineMs: 5_000 },
};
const LISTS_AT_ONCE = 2;

/** Connects when it is first asked. */
export function openPools({ databaseUrl, readUrl, node, clock, settings = POOL_SETTINGS }: PoolsOptions): Pools {
  const { connections, usesOfEach, acquireTimeoutMs, checkMs, idleMs } = settings;
  const poolOf = (name: keyof typeof POOLS, url: string): Pool => {
    const { purpose, deadlineMs } = POOLS[name];
    const options: ConnectionOptions = { databaseUrl: url, purpose, node, limits: { answer: 0 } };
    return new Pool({
      open: (onLost) => openClient(options, onLost),
      probe: () => probe({ ...options, limits: { answer: 0, connect: PROBE_MS } }),
      max: name === "lists" ? LISTS_AT_ONCE : connections,
      usesOfEach: name === "points" ? usesOfEach : 1,
      acquireMs: acquireTimeoutMs,
      patienceMs: PATIENCE_MS,
      ...{ deadlineMs, checkMs, idleMs, clock },
    });
  };
  const lists = poolOf("lists", databaseUrl);
  const pools = {
    points: poolOf("points", databaseUrl),
    lists,
    lagging: readUrl === undefined ? lists : poolOf("lists", readUrl),
    statements: poolOf("statements", databaseUrl),
  };
  return {
    ...pools,
    close: async () => void await Promise.all(Object.values(pools).map((pool) => pool.close())),
  };
}
