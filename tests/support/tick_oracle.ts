import assert from "node:assert/strict";
import type { ScheduleDeclaration, Tick } from "../../runtime/schedule/contract.ts";
import { LATE_MS, SKIPPED_ROWS } from "../../runtime/schedule/plan.ts";

/** A schedule whose instants are known without a timing; `next` is given when it was made, or an instant. */
export interface KnownSchedule {
  readonly declared: ScheduleDeclaration;
  readonly createdAt: number;
  readonly next: (instant: number) => number;
}

/**
 * Whether a ledger is what the contract says, instant by instant, given when somebody looked: each instant once, in its
 * order, and at each look what the policy makes of those that had come since the look before. Answers how many were sent.
 */
export function judgeLedger(
  { declared: { name, catchUp, catchUpLimit }, createdAt, next }: KnownSchedule,
  { ticks, nextAt, now }: { readonly ticks: readonly Tick[]; readonly nextAt: number | null; readonly now: number },
): number {
  const instants = ticks.map(({ instant }) => instant);
  assert.deepEqual(instants, [...new Set(instants)].sort((a, b) => a - b), `${name} has each instant once`);
  const looks = grouped(ticks);
  let from = next(createdAt);
  for (const look of looks) {
    const { at } = look[0]!;
    const missed: number[] = [];
    const due: number[] = [];
    for (; from <= at; from = next(from)) (at - from > LATE_MS ? missed : due).push(from);
    const kept = catchUp === "skip" ? 0 : catchUp === "latest" ? 1 : catchUpLimit;
    const skipped = missed.slice(0, Math.max(0, missed.length - kept));
    assert.deepEqual(look.map(({ instant, status, cause }) => [instant, status, status === "skipped" ? "" : cause]), [
      ...skipped.slice(-SKIPPED_ROWS).map((instant) => [instant, "skipped", ""]),
      ...missed.slice(skipped.length).map((instant) => [instant, "sent", "caught-up"]),
      ...due.map((instant) => [instant, "sent", "due"]),
    ], `${name} (${catchUp}, ${catchUpLimit}) at ${new Date(at).toISOString()}`);
  }
  assert.equal(nextAt, from, `${name} goes on with the next`);
  assert.ok(from > now, `${name} has nothing due: ${from} at ${now}`);
  return ticks.filter(({ status }) => status === "sent").length;
}

/** By when they were looked at: those of one look lie beside each other. */
function grouped(ticks: readonly Tick[]): readonly (readonly Tick[])[] {
  const looks: Tick[][] = [];
  for (const tick of ticks) {
    const look = looks.at(-1);
    if (look !== undefined && look[0]!.at === tick.at) look.push(tick);
    else looks.push([tick]);
  }
  return looks;
}
