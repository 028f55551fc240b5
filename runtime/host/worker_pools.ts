import type { Permissions } from "../actor/kind.ts";
import type { TurnAnswer } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import type { Errand } from "./errand.ts";
import { type KindPlaces, permissionKey } from "./permission_sets.ts";
import { type Lane, laneOf } from "./request_lanes.ts";
import { HOST_TIMING, type HostTiming } from "./timing.ts";
import { neverBegun, type PoolEvents, WorkerPool } from "./worker_pool.ts";

export interface WorkerPoolsOptions {
  /** The module that calls `serveWorker`. */
  readonly workerUrl: string;
  readonly registry: KindPlaces;
  /** Workers per permission set. */
  readonly workers: number;
  /** `inherited`: all workers have those of this process, and are one pool. Each kind's own unless given. */
  readonly permissions?: "inherited";
  readonly clock: Clock;
  readonly events: PoolEvents;
  readonly timing?: HostTiming;
  /** How far the server's monotonic clock is ahead of this process's; 0 by default, where it is the same. */
  readonly ahead?: { readonly ms: number };
  /** Which child process of the owner these pools are in. */
  readonly childLane?: number;
  /**
   * For pools in a process that can be killed: called when a worker is stuck, once for each. They drain then. Without it
   * the stuck worker is abandoned and replaced.
   */
  readonly onStuck?: () => void;
}

/** A pool of Deno workers for each distinct set of permissions that a kind asks for. Reads no delivery and no outcome. */
export class WorkerPools {
  readonly #options: WorkerPoolsOptions;
  readonly #pools = new Map<string, WorkerPool>();
  readonly #poolOfKind = new Map<string, WorkerPool>();
  #workersOpened = 0;
  #status: "new" | "started" | "given-up" | "stopped" = "new";

  constructor(options: WorkerPoolsOptions) {
    this.#options = options;
  }

  /** As a host's `start`. */
  async start(): Promise<void> {
    if (this.#status !== "new") return;
    this.#status = "started";
    const { kinds } = this.#options.registry;
    for (const [kind, { permissions }] of kinds) this.#poolOfKind.set(kind, this.#poolWith(permissions));
    if (kinds.size === 0) this.#poolWith(null);
    try {
      await Promise.all([...this.#pools.values()].map((pool) => pool.start()));
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  add(errands: readonly Errand[]): void {
    if (this.#status === "given-up") return this.#options.events.lost(errands.flatMap(neverBegun));
    if (this.#pools.size === 1) return this.#pools.values().next().value!.add(errands);
    for (const [pool, mine] of Map.groupBy(errands, (errand) => this.#poolOf(errand))) pool?.add(mine);
  }

  cancel(turn: number): void {
    for (const pool of this.#pools.values()) pool.cancel(turn);
  }

  answer(answers: readonly TurnAnswer[]): void {
    for (const [lane, mine] of Map.groupBy(answers, ({ request }) => laneOf(request).worker)) {
      for (const pool of this.#pools.values()) pool.answer(lane, mine);
    }
  }

  /** `ahead` is another. */
  tellAhead(): void {
    for (const pool of this.#pools.values()) pool.tellAhead();
  }

  /** The turns whose handlers may be executing. */
  suspects(): number[] {
    return [...this.#pools.values()].flatMap((pool) => pool.suspects());
  }

  /** Takes no more work; all that has not begun is handed back as `lost`. */
  drain(): void {
    if (this.#status !== "started") return;
    this.#status = "given-up";
    const lost = [...this.#pools.values()].flatMap((pool) => pool.handBack());
    if (lost.length > 0) this.#options.events.lost(lost);
  }

  async stop(): Promise<void> {
    this.#status = "stopped";
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
  }

  #poolWith(own: Permissions | null): WorkerPool {
    const permissions = this.#options.permissions ?? own;
    const key = permissions === "inherited" ? permissions : permissionKey(permissions);
    const pool = this.#pools.get(key) ?? this.#newPool(permissions);
    this.#pools.set(key, pool);
    return pool;
  }

  #newPool(permissions: Permissions | null | "inherited"): WorkerPool {
    const { workerUrl, workers, clock, events, timing = HOST_TIMING, ahead = { ms: 0 }, onStuck } = this.#options;
    return new WorkerPool({
      workerUrl,
      permissions,
      size: workers,
      clock,
      events,
      nextLane: () => this.#nextLane(),
      timing,
      ahead,
      onStuck: onStuck === undefined ? undefined : () => this.#stuck(onStuck),
    });
  }

  #nextLane(): Lane {
    return { child: this.#options.childLane ?? 0, worker: this.#workersOpened++ };
  }

  /** A kind that nobody knows fails where the registry is: in any worker. */
  #poolOf({ kind }: Errand): WorkerPool | undefined {
    return this.#poolOfKind.get(kind) ?? this.#pools.values().next().value;
  }

  #stuck(onStuck: () => void): void {
    onStuck();
    this.drain();
  }
}
