import type { Clock, SharedStore } from "../../runtime/mod.ts";
import type { RateLimitOptions, Standing } from "./rate_limit.ts";

/*
 * As `createRateLimit`, over all nodes that share a store: permits are taken from a budget there, some at a time, and given
 * out here.
 *
 * Invariant. A request is let through only with a permit that was granted before, and each is used once: so all nodes
 * together never let through more than the budget grants, which is a quota at once and what comes back evenly.
 *
 * How many at a time: what is asked for in a quarter of a second, found by doubling, and at most a hundredth of the quota, so
 * that what lies unused at one node is not missing at the others. Half of them are renewed before they are used up, so at a
 * steady rate nobody waits for the store. What is not used within a second is lost, and less is taken the next time. After
 * a refusal nobody asks again before there is a permit.
 *
 * The store away: who finds no permit is told so, which is what the write itself would be answered.
 */

export interface SharedRateLimitOptions extends Pick<RateLimitOptions, "quota" | "capacity"> {
  /** Of the keys' budgets, so that they are told apart from others in the store. */
  readonly prefix: string;
  readonly clock: Pick<Clock, "monotonic">;
  readonly reserve: SharedStore["reserve"];
}

export interface SharedRateLimit {
  /** Takes one, if there is one; at once where one is at hand. @throws {RuntimeError} `storage-unavailable` */
  take(key: string): Standing | Promise<Standing>;
}

/** What one key has at this node. Instants in monotonic ms. */
interface Share {
  readonly budget: string;
  permits: number;
  /** When they are lost. */
  until: number;
  /** How many are taken at a time. */
  chunk: number;
  chunkAt: number;
  /** No permit before that. */
  emptyUntil: number;
  /** When the whole quota is there again, as far as is known. */
  wholeAt: number;
  reserving: Promise<void> | null;
  waiting: number;
}

const WINDOW_MS = 60_000;
const KEPT_MS = 1_000;
const CHUNK_MS = 250;
const CHUNKS_IN_QUOTA = 100;
/** Fewer are not renewed ahead: what is lost by that would be much of them. */
const RENEWED_FROM = 4;

export function createSharedRateLimit(
  { quota, prefix, clock, capacity, reserve }: SharedRateLimitOptions,
): SharedRateLimit {
  const eachMs = WINDOW_MS / quota;
  const largest = Math.max(1, Math.floor(quota / CHUNKS_IN_QUOTA));
  /** The least recent first. */
  const shares = new Map<string, Share>();

  const shareOf = (key: string): Share => {
    let share = shares.get(key);
    if (share !== undefined) shares.delete(key);
    else {
      const never = { until: -Infinity, chunkAt: -Infinity, emptyUntil: -Infinity, wholeAt: -Infinity };
      share = { budget: prefix + key, permits: 0, chunk: 1, ...never, reserving: null, waiting: 0 };
      if (shares.size >= capacity) shares.delete(shares.keys().next().value!);
    }
    shares.set(key, share);
    return share;
  };
  const lose = (share: Share, now: number) => {
    if (now < share.until || share.permits === 0) return;
    share.chunk = Math.max(1, share.chunk - share.permits);
    share.permits = 0;
  };
  const fetch = async (share: Share): Promise<void> => {
    const begunAt = clock.monotonic();
    if (begunAt - share.chunkAt < CHUNK_MS) share.chunk = Math.min(largest, 2 * share.chunk);
    share.chunkAt = begunAt;
    const permits = Math.min(quota, Math.max(share.chunk, share.waiting));
    const { granted, retryAfterMs, wholeInMs } = await reserve(share.budget, {
      permits,
      perMinute: quota,
      burst: quota,
    });
    const now = clock.monotonic();
    lose(share, now);
    share.permits += granted;
    share.until = now + KEPT_MS;
    share.wholeAt = now + wholeInMs;
    if (granted < permits) share.emptyUntil = now + retryAfterMs;
  };
  /** One at a time; those who wait share it. */
  const reserved = (share: Share): Promise<void> =>
    share.reserving ??= fetch(share).finally(() => share.reserving = null);
  const standing = ({ permits, wholeAt }: Share, now: number, waitMs = 0): Standing => {
    const wholeInMs = Math.max(0, wholeAt - now);
    const remaining = waitMs > 0 ? 0 : Math.floor((WINDOW_MS - wholeInMs) / eachMs) + permits;
    return { waitMs, remaining: Math.max(0, remaining), wholeInMs };
  };
  const takeNow = (share: Share): Standing | null => {
    const now = clock.monotonic();
    lose(share, now);
    if (share.permits === 0) {
      return now < share.emptyUntil ? standing(share, now, share.emptyUntil - now) : null;
    }
    share.permits--;
    const isLow = share.permits <= share.chunk / 2 && share.chunk >= RENEWED_FROM && now >= share.emptyUntil;
    // Whoever finds none is told what is wrong.
    if (isLow && share.reserving === null) reserved(share).catch(() => {});
    return standing(share, now);
  };
  const takeLater = async (share: Share): Promise<Standing> => {
    share.waiting++;
    try {
      for (;;) {
        await reserved(share);
        const taken = takeNow(share);
        if (taken !== null) return taken;
      }
    } finally {
      share.waiting--;
    }
  };
  return {
    take(key) {
      const share = shareOf(key);
      return takeNow(share) ?? takeLater(share);
    },
  };
}
