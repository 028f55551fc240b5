import type { Permissions } from "../actor/kind.ts";
import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { type Host, type HostEvents, type LostTurn, SLOTS_PER_WORKER } from "./contract.ts";
import { type KindPlaces, permissionKey } from "./permission_sets.ts";
import { type Lane, laneOf } from "./request_lanes.ts";
import { HOST_TIMING, type HostTiming } from "./timing.ts";
import { type Errand, errandOf } from "./work_load.ts";
import { WorkerPool } from "./worker_pool.ts";

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
   * For a host in a process that can be killed: called when a worker is stuck. From then on no more work is taken, and
   * all that has not begun is handed back as `lost`. Without it the stuck worker is abandoned and replaced.
   */
  readonly onStuck?: () => void;
}

/**
 * Runs turns in Deno workers, a pool for each distinct set of permissions that a kind asks for. What it cannot do is
 * stop a handler that never waits: such a worker keeps its core until the process ends.
 */
export function createWorkerHost(options: WorkerHostOptions): Host {
  return new WorkerHost(options);
}

class WorkerHost implements Host {
  readonly slots: number;
  readonly #options: WorkerHostOptions;
  readonly #pools = new Map<string, WorkerPool>();
  readonly #poolOfKind = new Map<string, WorkerPool>();
  #workersOpened = 0;
  #status: "new" | "started" | "given-up" | "stopped" = "new";

  constructor(options: WorkerHostOptions) {
    this.slots = options.workers * SLOTS_PER_WORKER;
    this.#options = options;
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
    this.#add(deliveries.filter(({ envelopes }) => envelopes.length > 0).map((delivery) => errandOf({ delivery })));
  }

  ask(questions: readonly Question[]): void {
    this.#add(questions.map((question) => errandOf({ question })));
  }

  cancel(turn: number): void {
    for (const pool of this.#pools.values()) pool.cancel(turn);
  }

  answer(answers: readonly TurnAnswer[]): void {
    for (const [lane, mine] of Map.groupBy(answers, ({ request }) => laneOf(request).worker)) {
      for (const pool of this.#pools.values()) pool.answer(lane, mine);
    }
  }

  async stop(): Promise<void> {
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
    const { workerUrl, workers, clock, events, timing = HOST_TIMING, onStuck } = this.#options;
    return new WorkerPool({
      workerUrl,
      permissions,
      size: workers,
      clock,
      events,
      nextLane: () => this.#nextLane(),
      timing,
      onStuck: onStuck === undefined ? undefined : () => this.#giveUp(onStuck),
    });
  }

  #nextLane(): Lane {
    return { child: this.#options.childLane ?? 0, worker: this.#workersOpened++ };
  }

  #add(errands: readonly Errand[]): void {
    if (this.#status === "given-up") return this.#options.events.lost(errands.flatMap(neverBegun));
    for (const [pool, mine] of Map.groupBy(errands, (errand) => this.#poolOf(errand))) pool?.add(mine);
  }

  /** A kind that nobody knows fails where the registry is: in any worker. */
  #poolOf({ work }: Errand): WorkerPool | undefined {
    const { kind } = "delivery" in work ? work.delivery : work.question;
    return this.#poolOfKind.get(kind) ?? this.#pools.values().next().value;
  }

  #giveUp(onStuck: () => void): void {
    if (this.#status !== "started") return;
    this.#status = "given-up";
    onStuck();
    const lost = [...this.#pools.values()].flatMap((pool) => pool.handBack());
    if (lost.length > 0) this.#options.events.lost(lost);
  }
}

function neverBegun({ turns }: Errand): LostTurn[] {
  return turns.map((turn) => ({ turn, started: false, culprit: false, verdict: "retired" }));
}
