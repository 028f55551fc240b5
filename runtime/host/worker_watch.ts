import { SLOTS_PER_WORKER } from "./contract.ts";
import type { WorkLoad } from "./work_load.ts";

/** How often a pool looks at its workers. */
export const WATCH_PERIOD_MS = 50;
/** What one look counts for at most: on a busy machine looks come late, and the silence in between was real. */
export const LATE_LOOK_MS = 250;

/**
 * - `fine`: takes work.
 * - `slow`: has let work lie for 50 ms without beginning a piece or ending a turn, because a handler holds the loop or
 *   every slot waits; takes none until it moves again.
 * - `stuck`: its event loop has given no sign of life for `stuckAfterMs`, and a turn that runs there has outlasted its
 *   deadline; where no turn runs it is what an earlier one left behind that holds the loop.
 */
export type WorkerSight = "fine" | "slow" | "stuck";

/**
 * What the shared cells tell of one worker over time. Silence is counted in looks, not by the clock: a look that comes late
 * counts for little, so a watchdog that was held up itself accuses nobody.
 */
export class WorkerWatch {
  readonly #load: WorkLoad;
  readonly #stuckAfterMs: number;
  #beats = 0;
  #running = "";
  #silentMs = 0;
  #progress = 0;
  #lyingMs = 0;
  #slow = false;

  constructor(load: WorkLoad, stuckAfterMs: number) {
    this.#load = load;
    this.#stuckAfterMs = stuckAfterMs;
  }

  get isSlow(): boolean {
    return this.#slow;
  }

  /** For how long its event loop has given no sign of life. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /** The worker has ended a turn. */
  moved(): void {
    this.#slow = false;
  }

  /** @param now in monotonic time */
  look(elapsedMs: number, now: number): WorkerSight {
    const passedMs = Math.min(elapsedMs, WATCH_PERIOD_MS);
    const beats = this.#load.cells.beats();
    const running = this.#load.running().map(({ turn }) => turn);
    // A turn that ends or begins is a sign of life too, and comes before the next beat of a loop that was held.
    const isAlive = beats !== this.#beats || running.join() !== this.#running;
    [this.#beats, this.#running] = [beats, running.join()];
    this.#silentMs = isAlive ? 0 : this.#silentMs + Math.min(elapsedMs, LATE_LOOK_MS);
    const isOverdue = this.#load.isOverdue(now);
    if (this.#silentMs >= this.#stuckAfterMs && (isOverdue || running.length === 0)) return "stuck";
    if (this.#isLying(passedMs)) this.#slow = true;
    else if (isAlive && running.length < SLOTS_PER_WORKER) this.#slow = false;
    return this.#slow ? "slow" : "fine";
  }

  #isLying(passedMs: number): boolean {
    const progress = this.#load.progress;
    const lies = progress === this.#progress && this.#load.unclaimed > 0;
    this.#progress = progress;
    this.#lyingMs = lies ? this.#lyingMs + passedMs : 0;
    return this.#lyingMs >= WATCH_PERIOD_MS;
  }
}
