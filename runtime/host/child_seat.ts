import type { CancelTimer, Clock } from "../core/clock.ts";
import type { ChildLife, ChildLink } from "./child_link.ts";

export interface ChildSeatOptions {
  readonly clock: Clock;
  /** Whether a child that drains makes room for the next at once, or only when it is gone. */
  readonly overlaps: boolean;
  /** @throws {Error} when the process cannot be spawned */
  open(life: ChildLife): ChildLink;
  ready(link: ChildLink): void;
  lost(why: string): void;
  /** Whether one that was lost is to be replaced. */
  isNeeded(): boolean;
}

const SHORT_LIFE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

/**
 * A place for one child at a time.
 *
 * A child that is lost is replaced at once, while one is needed. When a second in a row has lived for less than a second
 * since it was ready, or never was, the next comes 100 ms later, then 200 ms, 400 ms... up to 5 s.
 */
export class ChildSeat {
  readonly #options: ChildSeatOptions;
  readonly #draining = new Set<ChildLink>();
  #child: ChildLink | null = null;
  #shortLives = 0;
  #cancelPause: CancelTimer | null = null;
  #isClosed = false;

  constructor(options: ChildSeatOptions) {
    this.#options = options;
  }

  /** The child that takes work. */
  get open(): ChildLink | null {
    return this.#child?.isOpen ? this.#child : null;
  }

  /** Opens a child unless there is one or will be. */
  fill(): void {
    if (this.#isClosed || this.#child !== null || this.#cancelPause !== null) return;
    try {
      this.#child = this.#options.open({
        ready: this.#options.ready,
        mayDrain: () => this.#draining.size === 0,
        drains: (link) => this.#drains(link),
        gone: (link, why) => this.#gone(link, why),
      });
    } catch (cause) {
      this.#lost(0, `it cannot be spawned: ${(cause as Error).message}`);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelPause?.();
  }

  #drains(link: ChildLink): void {
    this.#draining.add(link);
    if (!this.#options.overlaps || link !== this.#child) return;
    this.#child = null;
    this.fill();
  }

  #gone(link: ChildLink, why: string): void {
    this.#draining.delete(link);
    if (link !== this.#child) return;
    this.#child = null;
    this.#lost(link.readyMs, why);
  }

  #lost(livedMs: number, why: string): void {
    this.#shortLives = livedMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 1;
    this.#options.lost(why);
    if (this.#isClosed) return;
    if (this.#shortLives < 2) return this.#refill();
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** (this.#shortLives - 2));
    this.#cancelPause = this.#options.clock.after(pauseMs, () => {
      this.#cancelPause = null;
      this.#refill();
    });
  }

  #refill(): void {
    if (this.#options.isNeeded()) this.fill();
  }
}
