import { monotonicFactory } from "ulid";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Makes ULIDs: 26 characters, ordered by time and, within a millisecond, by call. */
export type CreateId = () => string;

export function createIds(clock: Clock, random: Random): CreateId {
  const next = monotonicFactory(() => random.next());
  return () => next(clock.now());
}
