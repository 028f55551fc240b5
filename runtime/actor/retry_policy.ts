/** When and how often what failed is tried again: full jitter below `min(maxMs, baseMs * 2^(attempt - 1))`. */
export interface RetryPolicy {
  /** The first and its retries. */
  readonly maxAttempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Of messages, and of calls to upstreams. */
export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 4, baseMs: 1_000, maxMs: 30_000 };
