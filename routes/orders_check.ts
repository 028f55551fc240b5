import { SWEEP, SWEEP_SCHEDULE, type SweepReport, sweepState } from "../actors/order/sweep_messages.ts";
import type { System } from "../runtime/mod.ts";
import { checkOf, type HealthCheck } from "./health_check.ts";

/** Intervals without a sweep after which it is taken for lost. */
const MOST_INTERVALS = 3;
const LONGEST_MS = 10_000;
/** Of orders that ended within an hour. */
const MOST_FAILED = 0.5;
/** Fewer say nothing. */
const LEAST_ENDED = 10;

/** When the sweep last ran, how long it took, and how orders end; nothing where it does not come, or has not yet. */
export async function checkOrders(
  { registry, inspect, schedules, now }: Pick<System, "registry" | "inspect" | "schedules" | "now">,
): Promise<readonly HealthCheck[]> {
  if (!registry.kinds.has(SWEEP.kind)) return [];
  const schedule = await schedules.get(SWEEP.tenant, SWEEP_SCHEDULE);
  if (schedule === null || !schedule.enabled || !("everyMs" in schedule.timing)) return [];
  const actor = await inspect(SWEEP);
  const last = actor?.state === null || actor === null ? null : sweepState.parse(actor.state).last;
  if (last === null) return [];
  const faults = faultsOf(last, { everyMs: schedule.timing.everyMs, now: now() });
  return [checkOf("orders", faults)];
}

/** What is wrong, in words and numbers. */
export function faultsOf(
  { at, durationMs, refused, ended, failed }: SweepReport,
  { everyMs, now }: { readonly everyMs: number; readonly now: number },
): readonly string[] {
  const sinceMs = now - at;
  return [
    ...sinceMs > MOST_INTERVALS * everyMs ? [`the last sweep was ${sinceMs} ms ago and comes every ${everyMs} ms`] : [],
    ...durationMs > LONGEST_MS ? [`the last sweep took ${durationMs} ms`] : [],
    ...refused > 0 ? [`${refused} orders could not be sent again`] : [],
    ...ended >= LEAST_ENDED && failed > MOST_FAILED * ended
      ? [`${failed} of the last ${ended} orders within an hour have failed`]
      : [],
  ];
}
