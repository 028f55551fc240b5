import type { Clock } from "../core/clock.ts";

/*
 * When those who wait are told that there is news: all of them in a round, and rounds no faster than can be afforded.
 *
 *   idle ──news──► owed ──at once, or when the rounds before are paid──► walking ──all told──► idle | owed
 *   any ──close()──► closed
 *
 * Telling a reader costs the same however much it is told, so under load fewer and larger rounds deliver more. A round
 * costs time by the number of those it tells; a little of it is on credit, so that seldom news is told at once.
 * Whoever comes to wait while a round goes on belongs to the next. A long round lets other work through now and then.
 */

/** Main-thread time of writing to one reader, three times over: so telling takes a third of the thread at most. */
const WAITER_MS = 0.04;
/** So that a few, too, are not told of each commit by itself under load. */
const LEAST_MS = 1;
const CREDIT_MS = 50;
/** Told without a pause: one to two milliseconds. */
const SLICE = 128;

export interface Rounds<Waiter> {
  /** Until the next round, which may be under way to be made already. */
  wait(waiter: Waiter): void;
  leave(waiter: Waiter): void;
  news(): void;
  /** Tells all who wait, now; there is no round afterwards. */
  close(): void;
}

export interface RoundsOptions<Waiter> {
  readonly clock: Clock;
  /** Called before the first one of a round is woken. */
  readonly begin: () => void;
  readonly wake: (waiter: Waiter) => void;
}

export function createRounds<Waiter>({ clock, begin, wake }: RoundsOptions<Waiter>): Rounds<Waiter> {
  let waiting = new Set<Waiter>();
  let status: "idle" | "owed" | "walking" | "closed" = "idle";
  let isNews = false;
  let walked = new Set<Waiter>();
  /** Instant by which the rounds so far have been paid. */
  let paidAt = -Infinity;
  let cancel = () => {};

  const owe = () => {
    status = "owed";
    const inMs = paidAt - clock.monotonic();
    if (inMs > 0) cancel = clock.after(inMs, walk);
    // After the commits that were told together, before anything else.
    else queueMicrotask(walk);
  };
  const walk = () => {
    if (status !== "owed") return;
    status = "walking";
    isNews = false;
    paidAt = Math.max(paidAt, clock.monotonic() - CREDIT_MS) + Math.max(LEAST_MS, waiting.size * WAITER_MS);
    [walked, waiting] = [waiting, new Set()];
    begin();
    tell();
  };
  const tell = () => {
    let left = SLICE;
    for (const waiter of walked) {
      if (left-- === 0) {
        cancel = clock.after(0, tell);
        return;
      }
      walked.delete(waiter);
      wake(waiter);
    }
    if (status !== "walking") return;
    status = "idle";
    if (isNews) owe();
  };
  return {
    wait: (waiter) => void waiting.add(waiter),
    leave(waiter) {
      waiting.delete(waiter);
      walked.delete(waiter);
    },
    news() {
      isNews = true;
      if (status === "idle") owe();
    },
    close() {
      cancel();
      status = "closed";
      const all = [...walked, ...waiting];
      walked.clear();
      waiting.clear();
      for (const waiter of all) wake(waiter);
    },
  };
}
