import type { CancelTimer, Clock } from "../core/clock.ts";
import type { HttpConnection } from "./http_connection.ts";

export interface PoolLimits {
  /** How long a connection waits for another request; servers close theirs soon after. */
  readonly idleMs: number;
  /** Beyond it those that wait longest are closed. */
  readonly mostIdle: number;
}

export const POOL_LIMITS: PoolLimits = { idleMs: 15_000, mostIdle: 256 };

interface Idle {
  readonly connection: HttpConnection;
  /** Monotonic ms. */
  readonly since: number;
}

/**
 * Connections that wait for another request. One is taken for the origin and an address that it was made for alone, so a
 * name that leads elsewhere by now meets another; and it is gone as soon as the other side closes it or says anything
 * unasked, so that no answer is taken for that of a later request.
 */
export class ConnectionPool {
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  /** The longest waiting first. */
  readonly #idle: Idle[] = [];
  #cancelSweep: CancelTimer | null = null;
  #isStopped = false;

  constructor({ clock, limits = POOL_LIMITS }: { clock: Clock; limits?: PoolLimits }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#idle.length;
  }

  /** The one that was used last, which is the caller's then. */
  take(origin: string, addresses: readonly string[]): HttpConnection | null {
    const at = this.#idle.findLastIndex(({ connection }) =>
      connection.origin === origin && addresses.includes(connection.address)
    );
    return at < 0 ? null : this.#idle.splice(at, 1)[0]!.connection;
  }

  keep(connection: HttpConnection): void {
    if (this.#isStopped) return connection.close();
    const own: Idle = { connection, since: this.#clock.monotonic() };
    this.#idle.push(own);
    connection.untilHeard().then(() => this.#drop(own));
    if (this.#idle.length > this.#limits.mostIdle) this.#drop(this.#idle[0]!);
    this.#cancelSweep ??= this.#clock.after(this.#limits.idleMs, () => this.#sweep());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelSweep?.();
    for (const own of [...this.#idle]) this.#drop(own);
  }

  #drop(own: Idle): void {
    const at = this.#idle.indexOf(own);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    own.connection.close();
  }

  #sweep(): void {
    const { idleMs } = this.#limits;
    const now = this.#clock.monotonic();
    while (this.#idle.length > 0 && now - this.#idle[0]!.since >= idleMs) this.#drop(this.#idle[0]!);
    const [oldest] = this.#idle;
    this.#cancelSweep = oldest === undefined
      ? null
      : this.#clock.after(oldest.since + idleMs - now, () => this.#sweep());
  }
}
