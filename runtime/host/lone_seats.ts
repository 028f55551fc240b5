import type { CancelTimer, Clock } from "../core/clock.ts";
import type { ChildLife, ChildLink } from "./child_link.ts";
import { ChildSeat } from "./child_seat.ts";
import type { LoneLine } from "./lone_line.ts";
import type { HostTiming } from "./timing.ts";

export interface LoneSeatsOptions {
  readonly clock: Clock;
  readonly timing: HostTiming;
  readonly line: LoneLine;
  /** Opens a child for one place of the line. @throws {Error} when the process cannot be spawned */
  open(life: ChildLife, place: number): ChildLink;
}

/**
 * The children for what must run alone: as many as there is to run, a few at most, each gone when it has been idle for a
 * while. So a suspect that takes long, but is innocent, does not hold up the finding of the culprit.
 */
export class LoneSeats {
  readonly #options: LoneSeatsOptions;
  readonly #seats: readonly ChildSeat[];
  readonly #cancelIdle: CancelTimer[] = [];

  constructor(options: LoneSeatsOptions) {
    const { clock, line, timing, open } = options;
    this.#options = options;
    this.#seats = Array.from({ length: timing.loneChildren }, (_, place) =>
      new ChildSeat({
        clock,
        overlaps: false,
        open: (life) => open(life, place),
        ready: () => this.callNext(),
        lost: () => {},
        isNeeded: () => line.waiting > 0,
      }));
  }

  /** Gives every child that is free what comes next, and opens children for what still waits. */
  callNext(): void {
    const { line } = this.#options;
    for (const [place, seat] of this.#seats.entries()) if (seat.open !== null) this.#call(place, seat.open);
    let wanting = line.waiting;
    for (const seat of this.#seats) if (seat.open === null && wanting-- > 0) seat.fill();
  }

  close(): void {
    for (const seat of this.#seats) seat.close();
    for (const cancel of this.#cancelIdle) cancel?.();
  }

  #call(place: number, child: ChildLink): void {
    const { clock, line, timing } = this.#options;
    const called = line.call(place);
    if (called !== undefined) {
      this.#cancelIdle[place]?.();
      child.deliver([called.delivery]);
      for (const turn of called.cancelled) child.cancel(turn);
    } else if (line.isFree(place)) {
      this.#cancelIdle[place]?.();
      this.#cancelIdle[place] = clock.after(timing.loneIdleMs, () => void child.end("nothing had to run alone"));
    }
  }
}
