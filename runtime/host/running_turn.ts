import type { Envelope, LiveNote, Outcome } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import type { TurnPorts, Wanted } from "../actor/turn_ports.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { LiveNotes } from "./live_notes.ts";
import type { OpenRequests } from "./open_requests.ts";
import type { Outbox } from "./outbox.ts";
import type { WorkMarks } from "./work_marks.ts";

/** What the turns of one runner share. */
export interface TurnSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  readonly outbox: Outbox;
  readonly requests: OpenRequests;
}

/** When the turn started, and where its end is marked. */
export interface TurnMark {
  readonly startedAt: number;
  readonly marks: WorkMarks;
  readonly index: number;
}

/**
 * One turn while its handler runs, and its door to the runner.
 *
 * ```
 * running ──wait()──► waiting ──final outcome──► ended
 *    └──────final outcome (no await)──────────────┘
 * ```
 * A turn that ends without waiting costs no timer. One that waits has a deadline: `timeoutMs` from the start of its
 * handler and anew from the answer to each commit point, the wait for that answer not counted, and in any case
 * `attemptMs` from the start. Then its signal aborts; a turn whose signal had aborted before, for a cancel, is given up.
 * While running a turn holds the outbox; while waiting it does not.
 */
export class RunningTurn implements TurnPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  readonly turn: number;
  readonly #envelope: Envelope;
  readonly #outbox: Outbox;
  readonly #requests: OpenRequests;
  readonly #mark: TurnMark;
  readonly #begunMs: number;
  #abort: AbortController | null = null;
  #status: "running" | "waiting" | "ended" = "running";
  #notes: LiveNotes | null = null;
  #requested = false;
  #attemptEndsAt = Infinity;
  #isLate = false;
  #cancelDeadline: CancelTimer | null = null;
  #giveUp: () => void = () => {};

  constructor(surroundings: TurnSurroundings, envelope: Envelope, mark: TurnMark) {
    this.#mark = mark;
    this.clock = surroundings.clock;
    this.#begunMs = this.clock.monotonic();
    this.random = surroundings.random;
    this.registry = surroundings.registry;
    this.turn = envelope.turn;
    this.#envelope = envelope;
    this.#outbox = surroundings.outbox;
    this.#requests = surroundings.requests;
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /**
   * The handler has given the loop back without ending.
   * @returns what resolves when the turn is given up although its handler goes on
   */
  wait(): Promise<void> {
    const { timeoutMs, attemptMs } = this.#envelope;
    this.#status = "waiting";
    if (attemptMs > 0) this.#attemptEndsAt = this.#begunMs + attemptMs;
    this.#armDeadline(timeoutMs - (this.clock.monotonic() - this.#begunMs));
    this.#outbox.release();
    return new Promise((resolve) => this.#giveUp = resolve);
  }

  abort(reason: RuntimeError): void {
    if (this.#status === "ended") return;
    this.#aborting.abort(reason);
    this.#requests.refuse(this.turn, reason);
  }

  /** As {@linkcode abort}, and no deadline watches any more. */
  stop(reason: RuntimeError): void {
    this.#disarmDeadline();
    this.abort(reason);
  }

  async request(turn: number, wanted: Wanted): Promise<string> {
    if (this.#status === "ended") throw this.signal.reason;
    this.#requested = true;
    if (wanted.want === "commit-point") this.#armDeadline(Infinity);
    try {
      return await this.#requests.open(turn, wanted, (request) => this.#outbox.request(request));
    } finally {
      if (wanted.want === "commit-point") this.#armDeadline(this.#envelope.timeoutMs);
    }
  }

  live(note: LiveNote): void {
    this.#notes ??= new LiveNotes(this.clock, (bounded) => this.#outbox.note(bounded));
    this.#notes.add(note);
  }

  report(outcome: Outcome): void {
    if (this.#status === "ended") return;
    this.#notes?.flush();
    if (outcome.ending.end !== "commit-point") this.#end();
    this.#outbox.outcome(outcome);
  }

  get #aborting(): AbortController {
    return this.#abort ??= new AbortController();
  }

  #end(): void {
    if (this.#status === "waiting") this.#outbox.hold();
    this.#status = "ended";
    this.#disarmDeadline();
    if (this.#requested) this.#requests.forget(this.turn);
    this.#mark.marks.end(this.#mark.index);
  }

  /** @param stretchMs how long the handler may go on, if the whole attempt may */
  #armDeadline(stretchMs: number): void {
    this.#disarmDeadline();
    if (this.#status !== "waiting" || this.#isLate) return;
    const { timeoutMs, attemptMs, name } = this.#envelope;
    const attemptLeftMs = this.#attemptEndsAt === Infinity ? Infinity : this.#attemptEndsAt - this.clock.monotonic();
    const delayMs = Math.min(stretchMs, attemptLeftMs);
    if (delayMs === Infinity) return;
    const bound = attemptLeftMs <= stretchMs ? `the ${attemptMs} ms of its attempt` : `${timeoutMs} ms at a stretch`;
    this.#cancelDeadline = this.clock.after(delayMs, () => this.#late(`${name} ran for more than ${bound}`));
  }

  #late(message: string): void {
    if (this.signal.aborted) return this.#abandon();
    this.#isLate = true;
    this.abort(new RuntimeError("timed-out", message, { retryable: true }));
  }

  #abandon(): void {
    const error = serializeError(this.signal.reason);
    const ending = { end: "failed", error, abandoned: true } as const;
    this.report({ turn: this.turn, startedAt: this.#mark.startedAt, finishedAt: this.clock.now(), ending });
    this.#giveUp();
  }

  #disarmDeadline(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = null;
  }
}
