import type { Clock } from "../core/clock.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { SharedStore } from "../store/contract.ts";

/**
 * Tells other nodes that this one has nothing to do, when that is so: after what it had is done, after what it has sent to an
 * actor of another's, and with each look. A node that has its store for itself says nothing.
 */
export interface Idleness {
  tell(): void;
}

/** Who hears it needs some ms to give something up. */
const AGAIN_MS = 50;

export function createIdleness({ shared, runsTurns, dispatcher, clock }: {
  readonly shared: Pick<SharedStore, "hint" | "lease"> | undefined;
  readonly runsTurns: boolean;
  readonly dispatcher: () => Dispatcher;
  readonly clock: Clock;
}): Idleness {
  let toldAt = -Infinity;
  return {
    tell() {
      if (shared === undefined || !runsTurns || shared.lease.nodes < 2 || !dispatcher().idle) return;
      if (clock.monotonic() - toldAt < AGAIN_MS) return;
      toldAt = clock.monotonic();
      shared.hint({ idle: true });
    },
  };
}
