import { type RawBuilder, sql } from "kysely";
import type { Clock } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Lease, Ownership } from "../contract.ts";

/** The database's clock, at the moment, not when the transaction began; ms since the epoch. */
export const NOW_MS: RawBuilder<number> = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** What a statement that changes the row of its own life returns for {@linkcode LifeLease}. */
export const LEASE_COLUMNS: RawBuilder<unknown> = sql`${NOW_MS} as now, lives.drained,
  (select count(*) from lives as living where living.ended_at is null) as nodes,
  (select min(generation) from lives as living where living.ended_at is null) as leader`;

export interface LeaseRow {
  readonly now: number;
  /** 0 or 1. */
  readonly drained: number;
  readonly nodes: number;
  /** The lowest generation that lives. */
  readonly leader: number;
}

/** When a statement was sent. */
export interface Sent {
  readonly wall: number;
  readonly monotonic: number;
}

/**
 * The lease of a life, as far as its own statements have told. Each statement that prolongs it is told from before it is
 * sent: so what is believed here ends no later than what stands there, however slow the answer was.
 */
export class LifeLease {
  readonly #clock: Clock;
  readonly #generation: number;
  readonly #leaseMs: number;
  #lease: Lease = { until: -Infinity, aheadMs: 0, drained: false, nodes: 1, leads: false };

  constructor({ clock, generation, leaseMs }: { clock: Clock; generation: number; leaseMs: number }) {
    this.#clock = clock;
    this.#generation = generation;
    this.#leaseMs = leaseMs;
  }

  get latest(): Lease {
    return this.#lease;
  }

  sending(): Sent {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  /** Answers of two connections may come in another order than they were given. */
  told(sent: Sent, { now, drained, nodes, leader }: LeaseRow): Lease {
    return this.#lease = {
      until: Math.max(this.#lease.until, sent.monotonic + this.#leaseMs),
      aheadMs: this.#ahead(sent, now),
      drained: drained === 1,
      nodes,
      leads: leader === this.#generation,
    };
  }

  /**
   * The database's clock was read between sending and answer, so how far it is ahead lies between two bounds. What is
   * believed changes only when it lies outside, and as little as that needs: clocks that may be the same are.
   */
  #ahead({ wall }: Sent, now: number): number {
    const [least, most] = [now - this.#clock.now(), now - wall];
    // The own clock was set back meanwhile.
    if (least > most) return this.#lease.aheadMs;
    return Math.min(Math.max(this.#lease.aheadMs, least), most);
  }
}

/** For a statement of a life that stands no more. */
export function fenced({ node, generation }: Pick<Ownership, "node" | "generation">): RuntimeError {
  return new RuntimeError(
    "fenced",
    `The life of ${node} as generation ${generation} was ended, and others may do its work since: stop this process`,
  );
}
