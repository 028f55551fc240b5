import { RETIRE_GRACE_MS, STUCK_AFTER_MS } from "./contract.ts";

/** How patient a host is. */
export interface HostTiming {
  /** For a worker or a child to become ready. */
  readonly startTimeoutMs: number;
  readonly stuckAfterMs: number;
  readonly retireGraceMs: number;
  /** How long a lone child lives on with nothing to do. */
  readonly loneIdleMs: number;
  /** As `stuckAfterMs`, in a lone child: nobody beside could be accused wrongly. */
  readonly loneStuckAfterMs: number;
  /** Lone children at the same time. */
  readonly loneChildren: number;
}

/** What everybody uses but tests. */
export const HOST_TIMING: HostTiming = {
  startTimeoutMs: 10_000,
  stuckAfterMs: STUCK_AFTER_MS,
  retireGraceMs: RETIRE_GRACE_MS,
  loneIdleMs: 1_000,
  loneStuckAfterMs: 2_000,
  loneChildren: 4,
};
