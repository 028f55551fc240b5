import type { Clock } from "../core/clock.ts";
import type { SharedStore } from "../store/contract.ts";

/**
 * The node's clock, put right by how far the database's is ahead: so due times mean the same on every node. It steps when
 * that becomes known, as any wall clock may.
 */
export function databaseClock(clock: Clock, shared: Pick<SharedStore, "lease">): Clock {
  return {
    now: () => clock.now() + shared.lease.aheadMs,
    monotonic: () => clock.monotonic(),
    after: (delayMs, fire) => clock.after(delayMs, fire),
  };
}
