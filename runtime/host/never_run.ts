import type { Outcome } from "../actor/outcome.ts";
import { type RuntimeError, serializeError } from "../core/errors.ts";

/** A delivery that fails before it starts: as if its first turn had failed by itself. */
export function neverRun(turns: readonly number[], error: RuntimeError, at: number): Outcome[] {
  const failed = { end: "failed", error: serializeError(error) } as const;
  return turns.map((turn, index) => ({
    turn,
    startedAt: at,
    finishedAt: at,
    ending: index === 0 ? failed : { end: "returned" },
  }));
}
