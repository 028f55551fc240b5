import type { TurnAnswer, TurnRequest } from "../actor/outcome.ts";
import { CELL_COUNT, type Place, type Step, WorkCells } from "./cells.ts";
import type { LossVerdict, LostTurn } from "./contract.ts";
import { boundsOf, type Errand } from "./errand.ts";
import type { ToldOutcome } from "./told_outcome.ts";
import { TurnDeadline } from "./turn_deadline.ts";

interface Posted {
  readonly errand: Errand;
  readonly place: Place;
  /** How many of its turns have ended. */
  ended: number;
  /** The last turn that was told to have started. */
  told: number;
  /** Of the last turn that was seen running. */
  deadline: { readonly turn: number; readonly of: TurnDeadline } | null;
}

/** A turn whose handler is running, as the shared cells show it. */
export interface RunningTurnSight {
  readonly turn: number;
  readonly startedAt: number;
  readonly holdsLoop: boolean;
}

/** Cells that deliveries leave free: a turn that waits for an answer holds one, so the question must find another. */
const QUESTION_CELLS = 64;

/** The work in one worker's hands, from the post of a piece to the outcome of its last turn. */
export class WorkLoad {
  readonly cells = new WorkCells();
  readonly #posted = new Set<Posted>();
  readonly #byTurn = new Map<number, Posted>();
  readonly #commitPoints = new Map<number, TurnDeadline>();
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

  get hasRoomForQuestion(): boolean {
    return this.#freeCells.length > 0;
  }

  get hasRoomForDelivery(): boolean {
    return this.#freeCells.length > QUESTION_CELLS;
  }

  /** @returns where the worker finds its cell */
  add(errand: Errand): Place {
    const place = { cell: this.#freeCells.pop()!, ticket: ++this.#tickets };
    const posted = { errand, place, ended: 0, told: -1, deadline: null };
    this.cells.post(place);
    this.#progress++;
    this.#posted.add(posted);
    for (const turn of errand.turns) this.#byTurn.set(turn, posted);
    return place;
  }

  errand(turn: number): Errand | undefined {
    return this.#byTurn.get(turn)?.errand;
  }

  /** Takes note of an outcome. False when the turn is none of this load: the outcome must not be believed. */
  note({ turn, stage }: ToldOutcome): boolean {
    const posted = this.#byTurn.get(turn);
    if (posted === undefined) return false;
    if (stage === "commit-point") return true;
    this.#byTurn.delete(turn);
    this.#progress++;
    posted.ended++;
    if (posted.ended === posted.errand.turns.length) this.#drop(posted);
    return true;
  }

  /** Takes note of what a turn of this load asks for, at the monotonic instant `now`. */
  requested({ turn, request, want }: TurnRequest, now: number): void {
    const posted = this.#byTurn.get(turn);
    if (posted === undefined || want !== "commit-point") return;
    const deadline = deadlineOf(posted, { turn, now });
    deadline.pause();
    this.#commitPoints.set(request, deadline);
  }

  /** Takes note of what the worker is answered. */
  answered(answers: readonly TurnAnswer[], now: number): void {
    if (this.#commitPoints.size === 0) return;
    for (const { request } of answers) {
      this.#commitPoints.get(request)?.renew(now);
      this.#commitPoints.delete(request);
    }
  }

  /** Whether a turn has outlasted its deadline at the monotonic instant `now`; to be asked often. */
  isOverdue(now: number): boolean {
    const overdue = this.#overdue(now);
    const holder = this.running().find(({ holdsLoop }) => holdsLoop);
    return holder === undefined ? overdue.size > 0 : overdue.has(holder.turn);
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

  /** Turns that may be executing: the one that holds the loop, otherwise all that run. */
  suspects(): number[] {
    const running = this.running();
    const holder = running.find(({ holdsLoop }) => holdsLoop);
    return (holder === undefined ? running : [holder]).map(({ turn }) => turn);
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

  /** All that has not ended, for nothing more will come. Of `hung` and `exited` one suspect alone is the culprit. */
  lose(verdict: LossVerdict, now: number): LostTurn[] {
    const suspects = verdict === "retired" ? [] : this.suspects();
    const overdue = this.#overdue(now);
    const lost = [...this.#byTurn.keys()].map((turn): LostTurn => {
      const started = suspects.includes(turn);
      const isCulprit = started && suspects.length === 1;
      const isLikely = started && !isCulprit && overdue.has(turn);
      return { turn, started, culprit: isCulprit, ...(isLikely ? { overdue: true } : {}), verdict };
    });
    for (const posted of [...this.#posted]) this.#drop(posted);
    return lost;
  }

  /** Running turns whose deadline is over. */
  #overdue(now: number): Set<number> {
    const overdue = new Set<number>();
    for (const posted of this.#posted) {
      const running = this.#running(posted);
      if (running === undefined) continue;
      if (deadlineOf(posted, { turn: running.turn, now }).isOver(now)) overdue.add(running.turn);
    }
    return overdue;
  }

  #step(posted: Posted): Step {
    return this.cells.read(posted.place);
  }

  #running(posted: Posted): RunningTurnSight | undefined {
    const step = this.#step(posted);
    const turn = step.step === "running" ? posted.errand.turns[step.index] : undefined;
    return step.step !== "running" || turn === undefined ? undefined : { ...step, turn };
  }

  #drop(posted: Posted): void {
    this.#posted.delete(posted);
    this.#freeCells.push(posted.place.cell);
    for (const turn of posted.errand.turns.slice(posted.ended)) this.#byTurn.delete(turn);
  }
}

/** The deadline of a turn that runs; a new one when it was not seen running before. */
function deadlineOf(posted: Posted, { turn, now }: { turn: number; now: number }): TurnDeadline {
  if (posted.deadline?.turn !== turn) {
    posted.deadline = { turn, of: new TurnDeadline(boundsOf(posted.errand, turn), now) };
  }
  return posted.deadline.of;
}
