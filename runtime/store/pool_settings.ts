/** How a node keeps its connections to Postgres. */
export interface PoolSettings {
  /** How many there are at most, for short reads and once more for what is written beside the batches. */
  readonly connections: number;
  /** How many short reads one of them carries at a time: they are sent behind each other, and answered in that order. */
  readonly usesOfEach: number;
  /** How long a start waits for a server that is silent. A node at work tries anew after a second. */
  readonly connectTimeoutMs: number;
  /** How long one waits for a connection to become free. */
  readonly acquireTimeoutMs: number;
  /** After how long without use a connection is asked whether it still works; 0: never. */
  readonly checkMs: number;
  /** After how long without use it is closed; 0: never. */
  readonly idleMs: number;
}

export const POOL_SETTINGS: PoolSettings = {
  connections: 3,
  usesOfEach: 5,
  connectTimeoutMs: 30_000,
  acquireTimeoutMs: 10_000,
  checkMs: 120_000,
  idleMs: 600_000,
};
