import type { RestartWindow } from "../actor/kind.ts";

/** What one more failed attempt means for an actor; pure. */
export interface Restarted {
  /** Those within the window, this one included, oldest first; ms since the epoch. */
  readonly restarts: readonly number[];
  /** There were more than the window bears. */
  readonly exceeded: boolean;
}

/** @see Erlang/OTP, Supervisor Behaviour, "Maximum Restart Intensity" */
export function restarted(
  before: readonly number[],
  { window: { intensity, periodMs }, now }: { window: RestartWindow; now: number },
): Restarted {
  const restarts = [...before.filter((at) => at > now - periodMs), now];
  return { restarts: restarts.slice(-intensity - 1), exceeded: restarts.length > intensity };
}
