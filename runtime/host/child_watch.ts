import { type CancelTimer, type Clock, every } from "../core/clock.ts";
import type { ChildFrame } from "./child_protocol.ts";
import type { MemoryBounds } from "./memory_bounds.ts";

export interface ChildWatchOptions {
  readonly clock: Clock;
  readonly bounds: MemoryBounds;
  /** The turns whose handlers may be executing. */
  readonly suspects: () => readonly number[];
  /** The resident size of the process. */
  readonly heldBytes: () => number;
  readonly tell: (frame: ChildFrame) => void;
}

const PERIOD_MS = 100;
const HEAVY_PERIOD_MS = 1_000;

/**
 * What the main isolate of a child tells of its workers without being asked, so that the server knows more than that a
 * process is gone: which turns may be executing, each time this has changed, and when they hold too much memory.
 */
export class ChildWatch {
  readonly #options: ChildWatchOptions;
  readonly #startBytes: number;
  #told: readonly number[] = [];
  #heavyAt = -Infinity;
  #cancel: CancelTimer;

  constructor(options: ChildWatchOptions) {
    this.#options = options;
    this.#startBytes = options.heldBytes();
    this.#cancel = every(options.clock, PERIOD_MS, () => this.#look());
  }

  #look(): void {
    const { clock, bounds, heldBytes, suspects, tell } = this.#options;
    const grownBytes = heldBytes() - this.#startBytes;
    if (grownBytes >= bounds.hardBytes) {
      this.#cancel();
      return tell({ frame: "full", turns: suspects() });
    }
    this.#tellSuspects(suspects());
    if (grownBytes < bounds.softBytes || clock.monotonic() - this.#heavyAt < HEAVY_PERIOD_MS) return;
    this.#heavyAt = clock.monotonic();
    tell({ frame: "heavy" });
  }

  #tellSuspects(turns: readonly number[]): void {
    const told = this.#told;
    if (turns.length === told.length && turns.every((turn, index) => turn === told[index])) return;
    this.#told = turns;
    this.#options.tell({ frame: "suspects", turns });
  }
}
