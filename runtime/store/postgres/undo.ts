/** How to take back what an entry has planned so far, in case it is refused. */
export class UndoLog {
  #steps: (() => void)[] = [];

  did(undo: () => void): void {
    this.#steps.push(undo);
  }

  /** The entry stays. */
  keep(): void {
    if (this.#steps.length > 0) this.#steps = [];
  }

  /** The entry is refused: takes everything back since the last `keep`, the latest first. */
  back(): void {
    for (const undo of this.#steps.reverse()) undo();
    this.#steps = [];
  }
}

/** What planning may change: as it lies in the database, and as it will. `undefined` and null mean what each map says. */
export interface Planned<T> {
  stored: T;
  now: T;
}

/** Changes what is planned, so that it can be taken back. */
export function plan<T>(planned: Planned<T>, now: T, undo: UndoLog): void {
  const before = planned.now;
  planned.now = now;
  undo.did(() => planned.now = before);
}

/** What is planned is on its way to the database; should that refuse it, this is taken back as well. */
export function store<T>(planned: Planned<T>, undo: UndoLog): void {
  const before = planned.stored;
  planned.stored = planned.now;
  undo.did(() => planned.stored = before);
}
