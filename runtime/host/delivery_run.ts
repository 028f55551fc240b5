import type { AnyKind } from "../actor/kind.ts";
import type { Delivery, Ending, Envelope } from "../actor/outcome.ts";
import { type ActorState, runTurn, type TurnEnd } from "../actor/turn.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { Breath } from "./breath.ts";
import { RunningTurn, type TurnSurroundings } from "./running_turn.ts";
import type { WorkMarks } from "./work_marks.ts";

export interface RunSurroundings extends TurnSurroundings {
  readonly breath: Breath;
  readonly serverTime: () => number;
}

/**
 * The run of one delivery: its envelopes in order, each on the state that the one before left. After a turn that is not
 * `done`, and where it is too late to begin one, the rest comes back `returned`. Holds the outbox, except while a handler waits.
 */
export class DeliveryRun {
  readonly marks: WorkMarks;
  readonly #shared: RunSurroundings;
  readonly #delivery: Delivery;
  #cancelled: Map<number, RuntimeError> | null = null;
  #actor: ActorState;
  #next = 0;
  #goOn = true;
  #hasBreath = false;
  #turn: RunningTurn | null = null;
  #stopped = false;

  constructor(shared: RunSurroundings, delivery: Delivery, marks: WorkMarks) {
    this.#shared = shared;
    this.#delivery = delivery;
    this.marks = marks;
    this.#actor = { text: delivery.state, version: delivery.stateVersion };
  }

  /** Runs as far as it can without waiting. @returns a promise of the rest, which never rejects, where there is any */
  run(): Promise<void> | undefined {
    const waits = this.#advance();
    return waits === undefined ? undefined : this.#advanceAfter(waits);
  }

  async #advanceAfter(first: Promise<void>): Promise<void> {
    for (let waits: Promise<void> | undefined = first; waits !== undefined; waits = this.#advance()) await waits;
  }

  /** Runs turns until one waits. */
  #advance(): Promise<void> | undefined {
    const { clock, outbox, breath } = this.#shared;
    while (!this.#stopped && this.#next < this.#delivery.envelopes.length) {
      const now = clock.now();
      if (this.#goOn && !this.#hasBreath && breath.isDue(now)) {
        this.#hasBreath = true;
        outbox.flush();
        return breath.take();
      }
      this.#hasBreath = false;
      const waits = this.#step(this.#next++, now);
      if (waits !== undefined) return waits;
    }
    return undefined;
  }

  #step(index: number, now: number): Promise<void> | undefined {
    const envelope = this.#delivery.envelopes[index]!;
    if (this.#isTooLate) this.#goOn = false;
    if (!this.#goOn) return this.#report(envelope, { end: "returned" }, now);
    const refusal = this.#cancelled?.get(envelope.turn);
    const kind = refusal ?? this.#kind();
    if (!(kind instanceof RuntimeError)) return this.#turnOf(kind, index, now);
    this.#goOn = false;
    return this.#report(envelope, { end: "failed", error: serializeError(kind) }, now);
  }

  /** False when the turn is none of this delivery's, or is over. */
  abort(turn: number, reason: RuntimeError): boolean {
    if (this.#turn?.turn === turn) this.#turn.abort(reason);
    else if (this.#delivery.envelopes.some((envelope) => envelope.turn === turn)) {
      (this.#cancelled ??= new Map()).set(turn, reason);
    } else return false;
    return true;
  }

  stop(reason: RuntimeError): void {
    this.#stopped = true;
    this.#turn?.stop(reason);
  }

  get #isTooLate(): boolean {
    const { startBefore } = this.#delivery;
    return startBefore !== undefined && this.#shared.serverTime() >= startBefore;
  }

  #turnOf(kind: AnyKind, index: number, startedAt: number): Promise<void> | undefined {
    const { marks } = this;
    const envelope = this.#delivery.envelopes[index]!;
    marks.begin(index, startedAt);
    const turn = new RunningTurn(this.#shared, envelope, { startedAt, marks, index });
    const ended = runTurn(kind, { delivery: this.#delivery, envelope, state: this.#actor, startedAt }, turn);
    if (!(ended instanceof Promise)) return this.#after(ended);
    marks.wait(index);
    this.#turn = turn;
    return new Promise((resolve) => {
      const over = (end: TurnEnd) => {
        if (this.#turn !== turn) return;
        this.#turn = null;
        resolve(this.#after(end));
      };
      turn.wait(() => over({ state: this.#actor, goOn: false }));
      ended.then(over);
    });
  }

  #after({ state, goOn }: TurnEnd): undefined {
    this.#actor = state;
    this.#goOn = goOn;
  }

  #kind(): AnyKind | RuntimeError {
    try {
      return this.#shared.registry.kind(this.#delivery.kind);
    } catch (unknown) {
      return unknown as RuntimeError;
    }
  }

  #report({ turn }: Envelope, ending: Ending, at: number): undefined {
    this.#shared.outbox.outcome({ turn, startedAt: at, finishedAt: at, ending });
  }
}
