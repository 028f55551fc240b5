import type { Registry } from "../actor/registry.ts";
import { type Clock, every, systemClock } from "../core/clock.ts";
import { serializeError } from "../core/errors.ts";
import { systemRandom } from "../core/random.ts";
import { readAnswers } from "./answer_heads.ts";
import { type Place, WorkCells } from "./cells.ts";
import { SLOTS_PER_WORKER } from "./contract.ts";
import { createLoopTurn } from "./loop_turn.ts";
import { RateBound } from "./rate_bound.ts";
import { createRequestNumbers } from "./request_lanes.ts";
import { Runner } from "./runner.ts";
import { holdForLife } from "./web_lock.ts";
import type { WorkMarks } from "./work_marks.ts";
import {
  BEAT_PERIOD_MS,
  decodePoolMessage,
  encodeBatch,
  encodeMessage,
  type OpenMessage,
  type PoolMessage,
} from "./worker_protocol.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  readonly name: string;
  onmessage: ((event: MessageEvent<OpenMessage | string>) => void) | null;
  postMessage(message: string): void;
}

const STRAY_ERRORS_PER_SECOND = 20;

/**
 * What the entry of a Deno worker calls: runs the turns that its pool sends.
 *
 * Listens before anything is awaited, takes the Web Lock that bears the worker's name (its release is the only notice of
 * every kind of death) and then says `ready`. Errors outside of any turn are caught here and told: an uncaught one
 * would end the worker and, if the parent forgot it, the whole process.
 */
export function serveWorker(registry: Registry): void {
  const scope = globalThis as unknown as WorkerScope;
  tellStrayErrors(scope, systemClock);
  let handle = (_: PoolMessage) => {};
  scope.onmessage = ({ data }) => {
    if (typeof data === "string") handle(decodePoolMessage(data));
    else handle = openWorker(scope, registry, data);
  };
  holdForLife(scope.name, () => scope.postMessage(encodeMessage({ told: "ready", at: systemClock.monotonic() })));
}

function openWorker(
  scope: WorkerScope,
  registry: Registry,
  opened: OpenMessage,
): (message: PoolMessage) => void {
  const cells = new WorkCells(opened.cells);
  every(systemClock, BEAT_PERIOD_MS, () => cells.beat());
  const soon = createLoopTurn();
  let aheadMs = Infinity;
  const runner = new Runner({
    registry,
    clock: systemClock,
    random: systemRandom,
    slots: SLOTS_PER_WORKER,
    serverTime: () => systemClock.monotonic() + aheadMs,
    nextRequest: createRequestNumbers(opened.lane),
    post: (batch) => scope.postMessage(encodeBatch(batch)),
    soon,
    turnOfLoop: () => new Promise((resolve) => soon(resolve)),
  });
  return (message) => {
    if (message.tell === "answers") runner.answer(readAnswers(message.heads, message.text));
    else if (message.tell === "cancel") runner.cancel(message.turn);
    else if (message.tell === "ahead") aheadMs = message.ms;
    else if (message.tell === "work") {
      const { work, places } = message;
      for (let index = 0; index < work.length; index++) {
        const piece = work[index]!;
        const marks = new CellMarks(cells, { cell: places[2 * index]!, ticket: places[2 * index + 1]! });
        if ("delivery" in piece) runner.deliver(piece.delivery, marks);
        else runner.ask(piece.question, marks);
      }
      runner.go();
    }
  };
}

/** The marks of one piece of work, in the shared cells. */
class CellMarks implements WorkMarks {
  readonly #cells: WorkCells;
  readonly #place: Place;

  constructor(cells: WorkCells, place: Place) {
    this.#cells = cells;
    this.#place = place;
  }

  claim(): boolean {
    return this.#cells.claim(this.#place);
  }

  begin(index: number, startedAt: number): void {
    this.#cells.begin(this.#place.cell, index, startedAt);
  }

  wait(index: number): void {
    this.#cells.wait(this.#place.cell, index);
  }

  end(index: number): void {
    this.#cells.end(this.#place.cell, index);
  }
}

function tellStrayErrors(scope: WorkerScope, clock: Clock): void {
  const bound = new RateBound(clock, STRAY_ERRORS_PER_SECOND);
  const tell = (event: Event, thrown: unknown) => {
    event.preventDefault();
    if (bound.passes()) scope.postMessage(encodeMessage({ told: "stray", message: describe(thrown) }));
  };
  globalThis.addEventListener("error", (event) => tell(event, event.error ?? event.message));
  globalThis.addEventListener("unhandledrejection", (event) => tell(event, event.reason));
}

function describe(thrown: unknown): string {
  const { message, stack } = serializeError(thrown);
  return stack ?? message;
}
