import type { Delivery, LiveNote, Outcome, Question, TurnAnswer, TurnRequest } from "../actor/outcome.ts";

/**
 * The host contract: where turns run. Three implementations (worker, process, inline) pass one conformance suite,
 * `tests/integration/host_contract.ts`.
 *
 * Promises to the server:
 * - The envelopes of a delivery run in order, one at a time; after one that is not `done` the rest come back `returned`.
 *   Deliveries of different actors may run at the same time.
 * - Every turn ends in exactly one of: an outcome that is not a commit point, or a mention in `lost`.
 * - Outcomes of one actor are reported in order, and before any request that the actor makes after them.
 * - A delivery that is `alone` runs in a process (process host) in which nothing else runs meanwhile, so that its death
 *   names the culprit; several of them wait for each other, and hold up no other delivery.
 * - A turn in `lost` with `started: false` has not begun its handler: it may be delivered again at no cost.
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
 * A turn whose worker or child is gone. `culprit`: it alone was running there, or is known to be the cause. Where several
 * had started and none is known to be the cause, each that is `started` is a suspect.
 */
export interface LostTurn {
  readonly turn: number;
  readonly started: boolean;
  readonly culprit: boolean;
  readonly verdict: LossVerdict;
}

/**
 * `exited`: the worker ended itself; `hung`: no sign of life; `child-lost`: the process died; `out-of-memory`: it died of
 * a full heap or was killed for the memory it held; `retired`: given up beside a turn that hung or went on after its
 * deadline.
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
/** No sign of life from a worker's loop for this long, in monotonic time, means that it is stuck. */
export const STUCK_AFTER_MS = 5_000;
/** How long the other turns of a worker or child that is given up may take to end. */
export const RETIRE_GRACE_MS = 5_000;
/** Handlers that may interleave in one worker. */
export const SLOTS_PER_WORKER = 16;
