import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Place } from "./cells.ts";
import type { RunnerBatch } from "./outbox.ts";
import type { Lane } from "./request_lanes.ts";

/** A piece of work on its way to a worker, with the cell that tells how far it is. */
export type PostedWork =
  & { readonly place: Place }
  & ({ readonly delivery: Delivery } | { readonly question: Question });

/** What a pool says to a worker. `open` comes first, after the worker's `ready`. */
export type PoolMessage =
  | { readonly tell: "open"; readonly cells: SharedArrayBuffer; readonly lane: Lane }
  | { readonly tell: "work"; readonly work: readonly PostedWork[] }
  | { readonly tell: "cancel"; readonly turn: number }
  | { readonly tell: "answers"; readonly answers: readonly TurnAnswer[] };

/** What a worker says to its pool. `stray`: something failed outside of any turn. */
export type WorkerMessage =
  | { readonly told: "ready" }
  | { readonly told: "batch"; readonly batch: RunnerBatch }
  | { readonly told: "stray"; readonly message: string };

/** How often an event loop, a worker's or a child's, shows that it lives. */
export const BEAT_PERIOD_MS = 250;

/** Tells the protocol from what a handler may post by itself. */
export function isWorkerMessage(posted: unknown): posted is WorkerMessage {
  return typeof posted === "object" && posted !== null && "told" in posted;
}
