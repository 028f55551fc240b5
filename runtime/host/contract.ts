import type { Delivery, LiveNote, Outcome, Question, TurnAnswer, TurnRequest } from "../actor/outcome.ts";

/**
 * The host contract: where turns run. Three implementations (worker, process, inline) pass one conformance suite,
 * `tests/integration/host_contract.ts`.
 *
 * Promises to the server:
 * - The envelopes of a delivery run in order, one at a time; after one that is not `done` the rest come back `returned`.
 *   Deliveries of different actors may run at the same time.
 * - Of a delivery that says `startBefore` no turn begins after that instant of the server's monotonic clock, whatever has
 *   held up the host: those that have not begun come back `returned`.
 * - Every turn ends in exactly one of: an outcome that is not a commit point, or a mention in `lost`.
 * - Outcomes of one actor are reported in order, and before any request that the actor makes after them.
 * - Deliveries that are `alone` wait for each other, likely ones first, and hold up no other delivery. The process host
 *   runs each in a process in which nothing else runs meanwhile, so that its death names the culprit, and a few at the same
 *   time; the worker and the inline host cannot set anybody apart and run them one at a time beside the others.
 * - A turn in `lost` with `started: false` had not begun its handler, or not so long before that its host had heard of it,
 *   or is known not to be the cause: it may be delivered again at no cost. A message that was delivered at two deaths of
 *   a child in a row counts as started at the second.
 */
export interface Host {
  /** How many handlers can run at the same time; more deliveries wait inside in order. */
  readonly slots: number;
  /** Resolves when turns can run. A second call does nothing. @throws {RuntimeError} `host-lost` when it cannot start */
  start(): Promise<void>;
  deliver(deliveries: readonly Delivery[]): void;
  ask(questions: readonly Question[]): void;
  /** Aborts the turn's signal; the turn still ends by its own outcome. Unknown turns are ignored. */
  cancel(turn: number): void;
  answer(answers: readonly TurnAnswer[]): void;
  /** Ends at once: running turns get no outcome. Never started or stopped twice is fine. */
  stop(): Promise<void>;
}

/** What a host tells the server; batches, in the order in which things happened. */
export interface HostEvents {
  outcomes(outcomes: readonly Outcome[]): void;
  /** Turns whose handlers have been running for `STARTED_AFTER_MS`. */
  started(turns: readonly { readonly turn: number; readonly startedAt: number }[]): void;
  live(notes: readonly LiveNote[]): void;
  requests(requests: readonly TurnRequest[]): void;
  lost(turns: readonly LostTurn[]): void;
  /** Something a person may want to know: a worker or child was replaced, output of a handler. */
  notice(notice: HostNotice): void;
}

/**
 * A turn whose worker or child is gone. `culprit`: it alone was running there, or is known to be the cause. Where none is
 * known to be the cause, each that is `started` is a suspect.
 */
export interface LostTurn {
  readonly turn: number;
  readonly started: boolean;
  readonly culprit: boolean;
  /** Its deadline was over when its worker was given up: the likeliest of the suspects. */
  readonly overdue?: true;
  readonly verdict: LossVerdict;
}

/**
 * `exited`: the worker ended itself; `hung`: no sign of life, and its deadline is over; `child-lost`: the process died;
 * `out-of-memory`: it died of a full heap or was killed for the memory it held; `retired`: given up beside a turn that hung
 * or went on after its deadline, or moved to a fresh process before it began: accuses nobody.
 */
export type LossVerdict = "exited" | "hung" | "child-lost" | "out-of-memory" | "retired";

export type HostNotice =
  | { readonly notice: "worker-replaced"; readonly reason: LossVerdict; readonly lost: number }
  | { readonly notice: "child-started"; readonly pid: number; readonly startMs: number }
  | { readonly notice: "child-lost"; readonly pid: number; readonly reason: string; readonly lost: number }
  | { readonly notice: "output"; readonly stream: "stdout" | "stderr"; readonly line: string }
  | { readonly notice: "stray-error"; readonly message: string };

/** A start is worth telling when the turn has lasted this long. */
export const STARTED_AFTER_MS = 250;
/**
 * A worker is stuck when its loop has given no sign of life for this long, in monotonic time, and the deadline of a turn
 * that runs there is over. A child whose main isolate is silent for as long is stuck in any case: it runs no handlers.
 */
export const STUCK_AFTER_MS = 5_000;
/** How long the other turns of a worker or child that is given up may take to end. */
export const RETIRE_GRACE_MS = 5_000;
/** Handlers that may interleave in one worker. */
export const SLOTS_PER_WORKER = 16;
