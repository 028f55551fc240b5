import type { ScheduleDeclaration, Tick } from "./contract.ts";
import type { Times } from "./timing.ts";

/** What was due for longer when it is looked at was missed: a minute between two heartbeats, and what a start may take. */
export const LATE_MS = 90_000;
/** Skipped instants that the ledger holds of a time; older ones are nowhere. */
export const SKIPPED_ROWS = 1_000;
/** More are not due on time of one schedule: its instants lie a second apart. */
const DUE_AT_ONCE = LATE_MS / 1_000 + 1;

/** What is done about the instants that a schedule has had by now. */
export interface TickPlan {
  /** In order. */
  readonly sends: readonly PlannedSend[];
  /** In order; all of them before the last that is sent. */
  readonly skipped: readonly number[];
  /** Where the schedule goes on. */
  readonly nextAt: number | null;
}

export interface PlannedSend {
  readonly instant: number;
  readonly cause: Exclude<Tick["cause"], "asked">;
}

/**
 * The instants from `nextAt` to `now`, as {@linkcode Schedules} says what becomes of them. `nextAt` itself is one of them,
 * whatever the timing says of it today: the rules of a time zone may have changed since.
 */
export function planTicks(
  times: Times,
  { nextAt, catchUp, catchUpLimit }:
    & Pick<ScheduleDeclaration, "catchUp" | "catchUpLimit">
    & { readonly nextAt: number },
  now: number,
): TickPlan {
  /** The newest in [from, until], newest first. */
  const latest = (from: number, until: number, limit: number): number[] => {
    const found = [...times.latest({ after: Math.max(from - 1, nextAt), until, limit })];
    if (nextAt >= from && nextAt <= until && found.length < limit) found.push(nextAt);
    return found;
  };
  const onTimeFrom = now - LATE_MS;
  const sent = { all: catchUpLimit, latest: 1, skip: 0 }[catchUp];
  const missed = latest(nextAt, onTimeFrom - 1, sent + SKIPPED_ROWS);
  const due = latest(onTimeFrom, now, DUE_AT_ONCE);
  const as = (cause: PlannedSend["cause"]) => (instant: number): PlannedSend => ({ instant, cause });
  return {
    sends: [
      ...missed.slice(0, sent).reverse().map(as("caught-up")),
      ...due.reverse().map(as("due")),
    ],
    skipped: missed.slice(sent).reverse(),
    nextAt: times.after(Math.max(now, nextAt)),
  };
}

/** The part of a plan that sends its first `limit`; the schedule goes on with the next of them. */
export function firstOf(plan: TickPlan, limit: number): TickPlan {
  const next = plan.sends[limit];
  return next === undefined ? plan : { ...plan, sends: plan.sends.slice(0, limit), nextAt: next.instant };
}
