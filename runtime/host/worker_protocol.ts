import type { LiveNote, TurnAnswer, TurnRequest } from "../actor/outcome.ts";
import { type AnswerHead, answerHeads, answersText } from "./answer_heads.ts";
import type { Place } from "./cells.ts";
import type { Work } from "./errand.ts";
import type { RunnerBatch } from "./outbox.ts";
import type { Lane } from "./request_lanes.ts";
import { STAGES, tellOutcome, type ToldOutcome } from "./told_outcome.ts";

/** A piece of work on its way to a worker, with the cell that tells how far it is. */
export interface PostedWork {
  readonly place: Place;
  /** JSON text of the {@linkcode Work}. */
  readonly text: string;
}

/** The first message to a worker, after its `ready`: the only one that is no text, for it shares memory. */
export interface OpenMessage {
  readonly cells: SharedArrayBuffer;
  readonly lane: Lane;
}

/** What a pool says to a worker. `places`: cell and ticket of each piece of work. */
export type PoolMessage =
  | { readonly tell: "work"; readonly places: readonly number[]; readonly work: readonly Work[] }
  | { readonly tell: "cancel"; readonly turn: number }
  /** How far the server's clock is ahead of the worker's, at most. */
  | { readonly tell: "ahead"; readonly ms: number }
  /** The values follow the heads, behind a line break. */
  | { readonly tell: "answers"; readonly heads: readonly AnswerHead[]; readonly text: string };

/** What a worker tells in one go: see {@linkcode RunnerBatch}. */
export interface ToldBatch {
  readonly notes: readonly LiveNote[];
  readonly outcomes: readonly ToldOutcome[];
  readonly requests: readonly TurnRequest[];
}

/** What a worker says to its pool. `stray`: something failed outside of any turn. */
export type WorkerMessage =
  /** `at`: by the worker's monotonic clock. */
  | { readonly told: "ready"; readonly at: number }
  | ({ readonly told: "batch" } & ToldBatch)
  | { readonly told: "stray"; readonly message: string };

/** How often an event loop, a worker's or a child's, shows that it lives. */
export const BEAT_PERIOD_MS = 250;

/** Between threads messages travel as JSON text: for batches of small objects half the price of a structured clone. */
export function encodeMessage(
  message: Exclude<PoolMessage, { tell: "answers" }> | Exclude<WorkerMessage, { told: "batch" }>,
): string {
  return JSON.stringify(message);
}

/** The message `answers`. */
export function encodeAnswers(answers: readonly TurnAnswer[]): string {
  return `${JSON.stringify({ tell: "answers", heads: answerHeads(answers) })}\n${answersText(answers)}`;
}

/** What a pool has posted: only `answers` have a line break, before their text. */
export function decodePoolMessage(posted: string): PoolMessage {
  const end = posted.startsWith('{"tell":"answers"') ? posted.indexOf("\n") : -1;
  return end === -1 ? JSON.parse(posted) : { ...JSON.parse(posted.slice(0, end)), text: posted.slice(end + 1) };
}

/** The message `work`; what a worker is to do is in it as it came. */
export function encodeWork(posted: readonly PostedWork[]): string {
  const places = posted.flatMap(({ place: { cell, ticket } }) => [cell, ticket]);
  return `{"tell":"work","places":[${places}],"work":[${posted.map(({ text }) => text).join()}]}`;
}

/** The message `batch`: what its pool must know, and then the outcomes line by line, which it hands on unread. */
export function encodeBatch({ notes, outcomes, requests }: RunnerBatch): string {
  const told = outcomes.map(tellOutcome);
  const stages = told.flatMap(({ turn, stage }) => [turn, STAGES.indexOf(stage)]);
  const head = JSON.stringify({ told: "batch", stages, notes, requests: requests.filter(isWritable) });
  return [head, ...told.map(({ text }) => text)].join("\n");
}

/** The message that a worker posted, or undefined: a handler may post what it likes by itself. */
export function decodeWorkerMessage(posted: unknown): WorkerMessage | undefined {
  if (typeof posted !== "string" || !posted.startsWith('{"told":')) return undefined;
  const [head, ...texts] = posted.split("\n");
  const message = JSON.parse(head!);
  if (message.told !== "batch") return message;
  const { stages, notes, requests } = message;
  const outcomes = texts.map((text, index) => ({
    turn: stages[2 * index],
    stage: STAGES[stages[2 * index + 1]]!,
    text,
  }));
  return { told: "batch", notes, outcomes, requests };
}

function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
