import type { LiveNote, Outcome, TurnRequest } from "../../runtime/actor/outcome.ts";
import type { HostEvents, HostNotice, LostTurn } from "../../runtime/host/contract.ts";
import { before, PATIENCE_MS } from "./deadline.ts";

/** One thing that a host told, batches taken apart. */
export type Heard =
  | { readonly heard: "outcome"; readonly outcome: Outcome }
  | { readonly heard: "request"; readonly request: TurnRequest }
  | { readonly heard: "note"; readonly note: LiveNote }
  | { readonly heard: "started"; readonly turn: number; readonly startedAt: number }
  | { readonly heard: "lost"; readonly lost: LostTurn }
  | { readonly heard: "notice"; readonly notice: HostNotice };

/** Writes down what a host tells, in order, and wakes whoever waits for something in it. */
export class HostRecorder {
  readonly log: Heard[] = [];
  readonly #waiters = new Set<() => void>();

  readonly events: HostEvents = {
    outcomes: (outcomes) => this.#hear(outcomes.map((outcome) => ({ heard: "outcome", outcome }))),
    requests: (requests) => this.#hear(requests.map((request) => ({ heard: "request", request }))),
    live: (notes) => this.#hear(notes.map((note) => ({ heard: "note", note }))),
    started: (turns) => this.#hear(turns.map((turn) => ({ heard: "started", ...turn }))),
    lost: (turns) => this.#hear(turns.map((lost) => ({ heard: "lost", lost }))),
    notice: (notice) => this.#hear([{ heard: "notice", notice }]),
  };

  /** The first thing in the log, heard already or to come, for which `find` gives something. */
  first<T>(what: string, find: (heard: Heard) => T | undefined): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    let from = 0;
    const look = () => {
      for (; from < this.log.length; from++) {
        const found = find(this.log[from]!);
        if (found === undefined) continue;
        this.#waiters.delete(look);
        return resolve(found);
      }
    };
    this.#waiters.add(look);
    look();
    return before(promise, PATIENCE_MS, () => new Error(`${what} was not heard; heard: ${this.#tail()}`));
  }

  #hear(heard: readonly Heard[]): void {
    this.log.push(...heard);
    for (const look of [...this.#waiters]) look();
  }

  #tail(): string {
    return JSON.stringify(this.log.slice(-20));
  }
}
