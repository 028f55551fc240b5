import type { CancelTimer, Clock } from "../../core/clock.ts";

/** A connection of a pool, and how it is used; instants of the monotonic clock. */
export interface Member {
  uses: number;
  usedAt: number;
  checkedAt: number;
}

export interface UpkeepOptions<M extends Member> {
  readonly members: readonly M[];
  /** In ms; 0: never. */
  readonly checkMs: number;
  readonly idleMs: number;
  readonly check: (member: M) => void;
  readonly end: (member: M) => void;
  readonly clock: Clock;
}

/** Looks after connections that nobody uses: asks whether they still work, and ends those that nobody has needed for long. */
export class Upkeep<M extends Member> {
  readonly #options: UpkeepOptions<M>;
  #cancel: CancelTimer | undefined;

  constructor(options: UpkeepOptions<M>) {
    this.#options = options;
  }

  /** There is a connection to look after. */
  arm(): void {
    const { members, clock, checkMs, idleMs } = this.#options;
    if (this.#cancel !== undefined || members.length === 0 || (checkMs === 0 && idleMs === 0)) return;
    const now = clock.monotonic();
    const nextAt = Math.min(...members.map((member) => Math.min(this.#checkAt(member, now), this.#endAt(member, now))));
    this.#cancel = clock.after(nextAt - now, () => {
      this.#cancel = undefined;
      this.#look();
      this.arm();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    const { members, clock, check, end } = this.#options;
    const now = clock.monotonic();
    for (const member of [...members]) {
      if (member.uses > 0) continue;
      if (this.#endAt(member, now) <= now) end(member);
      else if (this.#checkAt(member, now) <= now) {
        member.checkedAt = now;
        check(member);
      }
    }
  }

  /** One that is in use was used last now. */
  #checkAt({ uses, usedAt, checkedAt }: Member, now: number): number {
    const { checkMs } = this.#options;
    return checkMs === 0 ? Infinity : (uses > 0 ? now : Math.max(usedAt, checkedAt)) + checkMs;
  }

  #endAt({ uses, usedAt }: Member, now: number): number {
    const { idleMs } = this.#options;
    return idleMs === 0 ? Infinity : (uses > 0 ? now : usedAt) + idleMs;
  }
}
