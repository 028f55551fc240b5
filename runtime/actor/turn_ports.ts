import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { LiveNote, Outcome, TurnRequest } from "./outcome.ts";
import type { Registry } from "./registry.ts";

/** A request as a turn makes it; the host adds turn and number. */
// deno-lint-ignore no-explicit-any -- distributes over the union
type WithoutNumbers<T> = T extends any ? Omit<T, "turn" | "request"> : never;
export type Wanted = WithoutNumbers<TurnRequest>;

/** What a turn needs from the host that runs it. */
export interface TurnPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  /** Made when something asks for it: most turns end without. */
  readonly signal: AbortSignal;
  /** Calls `heed` when the signal aborts before the turn has ended; one at a time. */
  onAbort(heed: () => void): void;
  /** Whatever was reported before is durable when the answer comes. Resolves to the answer's value. */
  request(turn: number, wanted: Wanted): Promise<string>;
  live(note: LiveNote): void;
  report(outcome: Outcome): void;
}
