import type { Clock } from "../../core/clock.ts";
import { type ConnectionOptions, openClient, probe, type Purpose } from "./connection.ts";
import { Pool } from "./pool.ts";

export interface PoolsOptions {
  readonly databaseUrl: string;
  /** Of a server that follows the other, for what may lag; the same by default. */
  readonly readUrl?: string | undefined;
  readonly node: string;
  readonly clock: Clock;
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

/** How many there are of each at most, and how long an answer may take while the server is there. */
const POOLS: Readonly<
  Record<"points" | "lists" | "statements", { purpose: Purpose; max: number; deadlineMs: number }>
> = {
  points: { purpose: "reader", max: 10, deadlineMs: 5_000 },
  lists: { purpose: "reports", max: 2, deadlineMs: 65_000 },
  statements: { purpose: "writer", max: 3, deadlineMs: 5_000 },
};

/** Connects when it is first asked. */
export function openPools({ databaseUrl, readUrl, node, clock }: PoolsOptions): Pools {
  const poolOf = (name: keyof typeof POOLS, url: string): Pool => {
    const { purpose, max, deadlineMs } = POOLS[name];
    const options: ConnectionOptions = { databaseUrl: url, purpose, node, limits: { answer: 0 } };
    return new Pool({
      open: (onLost) => openClient(options, onLost),
      probe: () => probe({ ...options, limits: { answer: 0, connect: PROBE_MS } }),
      max,
      patienceMs: PATIENCE_MS,
      deadlineMs,
      clock,
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
