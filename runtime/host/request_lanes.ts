/**
 * Numbers that name a request at its host and say by themselves who made it: `child * 2^42 + worker * 2^32 + count`.
 * Each worker counts in a lane of its own, so answers find their way without a table of open requests.
 */
export interface Lane {
  /** Which child process of the host: 0 where there is none. */
  readonly child: number;
  /** Which worker of that child, counted over its life. */
  readonly worker: number;
}

const COUNTS = 2 ** 32;
const WORKERS = 2 ** 10;
/** How many children can be told apart. */
export const CHILD_LANES: number = 2 ** 11;

/** The first number of a lane. Lanes come round again after 1,024 workers and 2,048 children, long after their owners. */
export function laneStart({ child, worker }: Lane): number {
  return ((child % CHILD_LANES) * WORKERS + (worker % WORKERS)) * COUNTS;
}

export function laneOf(request: number): Lane {
  const lane = Math.floor(request / COUNTS);
  return { child: Math.floor(lane / WORKERS), worker: lane % WORKERS };
}

/** Counts requests in one lane. */
export function createRequestNumbers(lane: Lane): () => number {
  const start = laneStart(lane);
  let count = 0;
  return () => start + (count++ % COUNTS);
}
