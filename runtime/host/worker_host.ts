import type { Permissions } from "../actor/kind.ts";
import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { type Host, type HostEvents, SLOTS_PER_WORKER } from "./contract.ts";
import { LoneLine } from "./lone_line.ts";
import { type KindPlaces, permissionKey } from "./permission_sets.ts";
import { type Lane, laneOf } from "./request_lanes.ts";
import { HOST_TIMING, type HostTiming } from "./timing.ts";
import { type Errand, errandOf } from "./work_load.ts";
import { neverBegun, WorkerPool } from "./worker_pool.ts";

export interface WorkerHostOptions {
  /** The module that calls `serveWorker`. */
  readonly workerUrl: string;
  readonly registry: KindPlaces;
  /** Workers per permission set. */
  readonly workers: number;
  readonly clock: Clock;
  readonly events: HostEvents;
  readonly timing?: HostTiming;
  /** Which child process of the owner this host is in. */
  readonly childLane?: number;
  /**
   * For a host in a process that can be killed: called when a worker is stuck, once for each. The host drains then.
   * Without it the stuck worker is abandoned and replaced.
   */
  readonly onStuck?: () => void;
}

export interface WorkerHost extends Host {
  /** The turns whose handlers may be executing. */
  suspects(): number[];
  /** Takes no more work; all that has not begun is handed back as `lost`. */
  drain(): void;
}

/**
 * Runs turns in Deno workers, a pool for each distinct set of permissions that a kind asks for. What it cannot do is
 * stop a handler that never waits: such a worker keeps its core until the process ends.
 */
export function createWorkerHost(options: WorkerHostOptions): WorkerHost {
  return new PooledHost(options);
}

class PooledHost implements WorkerHost {
  readonly slots: number;
  readonly #options: WorkerHostOptions;
  readonly #events: HostEvents;
  readonly #loneLine: LoneLine;
  readonly #pools = new Map<string, WorkerPool>();
  readonly #poolOfKind = new Map<string, WorkerPool>();
  #workersOpened = 0;
  #status: "new" | "started" | "given-up" | "stopped" = "new";

  constructor(options: WorkerHostOptions) {
    this.slots = options.workers * SLOTS_PER_WORKER;
    this.#options = options;
    this.#loneLine = new LoneLine(options.clock);
    this.#events = this.#loneLine.heeded(options.events, () => this.#callNext());
  }

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

  deliver(deliveries: readonly Delivery[]): void {
    const others = this.#loneLine.divert(deliveries);
    this.#add(others.filter(({ envelopes }) => envelopes.length > 0).map((delivery) => errandOf({ delivery })));
    if (others.length < deliveries.length) this.#callNext();
  }

  ask(questions: readonly Question[]): void {
    this.#add(questions.map((question) => errandOf({ question })));
  }

  cancel(turn: number): void {
    const ended = this.#loneLine.cancel(turn);
    if (ended !== undefined) return this.#events.outcomes(ended);
    for (const pool of this.#pools.values()) pool.cancel(turn);
  }

  answer(answers: readonly TurnAnswer[]): void {
    for (const [lane, mine] of Map.groupBy(answers, ({ request }) => laneOf(request).worker)) {
      for (const pool of this.#pools.values()) pool.answer(lane, mine);
    }
  }

  suspects(): number[] {
    return [...this.#pools.values()].flatMap((pool) => pool.suspects());
  }

  drain(): void {
    if (this.#status !== "started") return;
    this.#status = "given-up";
    const waiting = neverBegun({ turns: this.#loneLine.clear() });
    const lost = [...[...this.#pools.values()].flatMap((pool) => pool.handBack()), ...waiting];
    if (lost.length > 0) this.#events.lost(lost);
  }

  async stop(): Promise<void> {
    this.#loneLine.clear();
    this.#status = "stopped";
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
  }

  #poolWith(permissions: Permissions | null): WorkerPool {
    const key = permissionKey(permissions);
    const pool = this.#pools.get(key) ?? this.#newPool(permissions);
    this.#pools.set(key, pool);
    return pool;
  }

  #newPool(permissions: Permissions | null): WorkerPool {
    const { workerUrl, workers, clock, timing = HOST_TIMING, onStuck } = this.#options;
    return new WorkerPool({
      workerUrl,
      permissions,
      size: workers,
      clock,
      events: this.#events,
      nextLane: () => this.#nextLane(),
      timing,
      onStuck: onStuck === undefined ? undefined : () => this.#stuck(onStuck),
    });
  }

  #nextLane(): Lane {
    return { child: this.#options.childLane ?? 0, worker: this.#workersOpened++ };
  }

  #add(errands: readonly Errand[]): void {
    if (this.#status === "given-up") return this.#events.lost(errands.flatMap(neverBegun));
    for (const [pool, mine] of Map.groupBy(errands, (errand) => this.#poolOf(errand))) pool?.add(mine);
  }

  /** A kind that nobody knows fails where the registry is: in any worker. */
  #poolOf({ work }: Errand): WorkerPool | undefined {
    const { kind } = "delivery" in work ? work.delivery : work.question;
    return this.#poolOfKind.get(kind) ?? this.#pools.values().next().value;
  }

  #callNext(): void {
    const called = this.#loneLine.call();
    if (called === undefined) return;
    this.#add([errandOf({ delivery: called.delivery })]);
    for (const turn of called.cancelled) this.cancel(turn);
  }

  #stuck(onStuck: () => void): void {
    onStuck();
    this.drain();
  }
}
