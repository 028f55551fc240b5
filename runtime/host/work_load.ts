import type { Delivery, Outcome, Question } from "../actor/outcome.ts";
import { CELL_COUNT, type Place, type Step, WorkCells } from "./cells.ts";
import type { LossVerdict, LostTurn } from "./contract.ts";
import type { PostedWork } from "./worker_protocol.ts";

/** A delivery or a question on its way through a pool; may be recalled from one worker and posted to another. */
export interface Errand {
  readonly work: { readonly delivery: Delivery } | { readonly question: Question };
  /** In the order in which they run. */
  readonly turns: readonly number[];
  /** Turns of it that were cancelled before they started; told again to each worker that gets it. */
  readonly cancelled: Set<number>;
}

export function errandOf(work: Errand["work"]): Errand {
  const turns = "delivery" in work ? work.delivery.envelopes.map(({ turn }) => turn) : [work.question.turn];
  return { work, turns, cancelled: new Set() };
}

interface Posted {
  readonly errand: Errand;
  readonly place: Place;
  /** How many of its turns have ended. */
  ended: number;
  /** The last turn that was told to have started. */
  told: number;
}

/** A turn whose handler is running, as the shared cells show it. */
export interface RunningTurnSight {
  readonly turn: number;
  readonly startedAt: number;
}

/** The work in one worker's hands, from the post of a piece to the outcome of its last turn. */
export class WorkLoad {
  readonly cells = new WorkCells();
  readonly #posted = new Set<Posted>();
  readonly #byTurn = new Map<number, Posted>();
  readonly #freeCells = Array.from({ length: CELL_COUNT }, (_, cell) => cell);
  #tickets = 0;
  #progress = 0;

  /** How many turns have not ended. */
  get turns(): number {
    return this.#byTurn.size;
  }

  /** Grows whenever the worker begins a piece or ends a turn. */
  get progress(): number {
    return this.#progress - this.unclaimed;
  }

  /** How many pieces the worker has not begun. */
  get unclaimed(): number {
    let count = 0;
    for (const posted of this.#posted) if (this.#step(posted).step === "unclaimed") count++;
    return count;
  }

  get hasRoom(): boolean {
    return this.#freeCells.length > 0;
  }

  add(errand: Errand): PostedWork {
    const place = { cell: this.#freeCells.pop()!, ticket: ++this.#tickets };
    const posted = { errand, place, ended: 0, told: -1 };
    this.cells.post(place);
    this.#progress++;
    this.#posted.add(posted);
    for (const turn of errand.turns) this.#byTurn.set(turn, posted);
    return { place, ...errand.work };
  }

  errand(turn: number): Errand | undefined {
    return this.#byTurn.get(turn)?.errand;
  }

  /** Takes note of an outcome. False when the turn is none of this load: the outcome must not be believed. */
  note(outcome: Outcome): boolean {
    const posted = this.#byTurn.get(outcome.turn);
    if (posted === undefined) return false;
    if (outcome.ending.end === "commit-point") return true;
    this.#byTurn.delete(outcome.turn);
    this.#progress++;
    posted.ended++;
    if (posted.ended === posted.errand.turns.length) this.#drop(posted);
    return true;
  }

  /** Takes back all that the worker has not begun, oldest first. */
  recall(): Errand[] {
    const recalled = [...this.#posted].filter(({ place }) => this.cells.recall(place));
    for (const posted of recalled) this.#drop(posted);
    this.#progress -= recalled.length;
    return recalled.map(({ errand }) => errand);
  }

  running(): RunningTurnSight[] {
    return [...this.#posted].flatMap((posted) => this.#running(posted) ?? []);
  }

  /** Running turns that started before `instant` and were not in an earlier answer. */
  takeStarted(instant: number): RunningTurnSight[] {
    return [...this.#posted].flatMap((posted) => {
      const running = this.#running(posted);
      if (running === undefined || running.startedAt > instant || posted.told === running.turn) return [];
      posted.told = running.turn;
      return running;
    });
  }

  /** All that has not ended, for nothing more will come. A lone running turn is the culprit of `hung` and `exited`. */
  lose(verdict: LossVerdict): LostTurn[] {
    const running = this.running();
    const culprit = verdict === "retired" || running.length !== 1 ? undefined : running[0]?.turn;
    const lost = [...this.#posted].flatMap((posted) => {
      const begun = this.#begun(posted);
      return posted.errand.turns.slice(posted.ended).map((turn, index) => ({
        turn,
        started: posted.ended + index < begun,
        culprit: turn === culprit,
        verdict,
      }));
    });
    for (const posted of [...this.#posted]) this.#drop(posted);
    return lost;
  }

  #step(posted: Posted): Step {
    return this.cells.read(posted.place);
  }

  #running(posted: Posted): RunningTurnSight | undefined {
    const step = this.#step(posted);
    const turn = step.step === "running" ? posted.errand.turns[step.index] : undefined;
    return step.step !== "running" || turn === undefined ? undefined : { turn, startedAt: step.startedAt };
  }

  /** How many of the errand's turns have begun. */
  #begun(posted: Posted): number {
    const step = this.#step(posted);
    if (step.step === "unclaimed") return 0;
    return step.step === "running" ? step.index + 1 : step.ended;
  }

  #drop(posted: Posted): void {
    this.#posted.delete(posted);
    this.#freeCells.push(posted.place.cell);
    for (const turn of posted.errand.turns.slice(posted.ended)) this.#byTurn.delete(turn);
  }
}
