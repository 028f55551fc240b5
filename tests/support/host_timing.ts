import { HOST_TIMING, type HostTiming } from "../../runtime/host/timing.ts";

/** A host that is patient with a busy machine's starts, and short with what must be waited for. */
export const TEST_TIMING: HostTiming = {
  ...HOST_TIMING,
  startTimeoutMs: 60_000,
  stuckAfterMs: 800,
  retireGraceMs: 500,
  loneStuckAfterMs: 800,
  loneChildren: 1,
};
