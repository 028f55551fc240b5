import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Place } from "./cells.ts";
import type { RunnerBatch } from "./outbox.ts";
import type { Lane } from "./request_lanes.ts";

/** A piece of work on its way to a worker, with the cell that tells how far it is. */
export type PostedWork =
  & { readonly place: Place }
  & ({ readonly delivery: Delivery } | { readonly question: Question });

/** The first message to a worker, after its `ready`: the only one that is no JSON text, for it shares memory. */
export interface OpenMessage {
  readonly cells: SharedArrayBuffer;
  readonly lane: Lane;
}

/** What a pool says to a worker. */
export type PoolMessage =
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

/** Between threads messages travel as JSON text: for batches of small objects half the price of a structured clone. */
export function encodeMessage(message: PoolMessage | WorkerMessage): string {
  return JSON.stringify(message);
}

/** The message that a worker posted, or undefined: a handler may post what it likes by itself. */
export function decodeWorkerMessage(posted: unknown): WorkerMessage | undefined {
  if (typeof posted !== "string" || !posted.startsWith('{"told":')) return undefined;
  return JSON.parse(posted);
}
