import type { AnyKind } from "../actor/kind.ts";
import type { Delivery, Ending, Envelope } from "../actor/outcome.ts";
import { type ActorState, runTurn } from "../actor/turn.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { Breath } from "./breath.ts";
import { RunningTurn, type TurnSurroundings } from "./running_turn.ts";
import type { WorkMarks } from "./work_marks.ts";

/**
 * The run of one delivery: its envelopes in order, each on the state that the one before left. After a turn that is not
 * `done` the rest comes back `returned`. Holds the outbox, except while a handler waits.
 */
export class DeliveryRun {
  readonly marks: WorkMarks;
  readonly #shared: TurnSurroundings & { readonly breath: Breath };
  readonly #delivery: Delivery;
  readonly #cancelled = new Map<number, RuntimeError>();
  #turn: RunningTurn | null = null;
  #stopped = false;

  constructor(shared: TurnSurroundings & { readonly breath: Breath }, delivery: Delivery, marks: WorkMarks) {
    this.#shared = shared;
    this.#delivery = delivery;
    this.marks = marks;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { clock, outbox, breath } = this.#shared;
    let actor: ActorState = { text: this.#delivery.state, version: this.#delivery.stateVersion };
    let goOn = true;
    for (const [index, envelope] of this.#delivery.envelopes.entries()) {
      if (goOn && breath.isDue(clock.now())) {
        outbox.flush();
        await breath.take();
      }
      if (this.#stopped) return;
      const refusal = this.#cancelled.get(envelope.turn);
      if (!goOn) this.#report(envelope, { end: "returned" });
      else if (refusal !== undefined) goOn = this.#report(envelope, { end: "failed", error: serializeError(refusal) });
      else ({ state: actor, goOn } = await this.#turnOf(envelope, index, actor));
    }
  }

  /** False when the turn is none of this delivery's, or is over. */
  abort(turn: number, reason: RuntimeError): boolean {
    if (this.#turn?.turn === turn) this.#turn.abort(reason);
    else if (this.#delivery.envelopes.some((envelope) => envelope.turn === turn)) this.#cancelled.set(turn, reason);
    else return false;
    return true;
  }

  stop(reason: RuntimeError): void {
    this.#stopped = true;
    this.#turn?.stop(reason);
  }

  async #turnOf(envelope: Envelope, index: number, state: ActorState): Promise<{ state: ActorState; goOn: boolean }> {
    const kind = this.#kind();
    if (kind instanceof RuntimeError) {
      return { state, goOn: this.#report(envelope, { end: "failed", error: serializeError(kind) }) };
    }
    const startedAt = this.#shared.clock.now();
    this.marks.begin(index, startedAt);
    const turn = new RunningTurn(this.#shared, envelope, { startedAt, onEnd: () => this.marks.end(index) });
    const ended = runTurn(kind, { delivery: this.#delivery, envelope, state, signal: turn.signal }, turn);
    if (turn.hasEnded) return await ended;
    this.marks.wait(index);
    this.#turn = turn;
    const after = await Promise.race([ended, turn.wait()]);
    this.#turn = null;
    return after ?? { state, goOn: false };
  }

  #kind(): AnyKind | RuntimeError {
    try {
      return this.#shared.registry.kind(this.#delivery.kind);
    } catch (unknown) {
      return unknown as RuntimeError;
    }
  }

  /** @returns false: nothing of the delivery may start after this */
  #report(envelope: Envelope, ending: Ending): false {
    const at = this.#shared.clock.now();
    this.#shared.outbox.outcome({ turn: envelope.turn, startedAt: at, finishedAt: at, ending });
    return false;
  }
}
