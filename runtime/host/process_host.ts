import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { type ChildLife, ChildLink } from "./child_link.ts";
import { ChildSeat } from "./child_seat.ts";
import { type Host, type HostEvents, SLOTS_PER_WORKER } from "./contract.ts";
import { Inquest } from "./inquest.ts";
import { LoneLine } from "./lone_line.ts";
import { LoneSeats } from "./lone_seats.ts";
import { memoryBounds } from "./memory_bounds.ts";
import type { KindPlaces } from "./permission_sets.ts";
import { CHILD_LANES, laneOf } from "./request_lanes.ts";
import { HOST_TIMING, type HostTiming } from "./timing.ts";

export interface ProcessHostOptions {
  /** The module that calls `serveWorker`. */
  readonly workerUrl: string;
  readonly registry: KindPlaces;
  /** Workers per permission set. */
  readonly workers: number;
  /**
   * What all turns of a child may make it hold beyond its size when it was ready; 64 MiB a worker are added for what V8
   * turns over. Above three quarters of the sum a child is replaced politely, above the sum it is killed. With the lone
   * child and one that drains, up to three children may hold as much.
   */
  readonly memoryMb: number;
  /** The deno.json whose import map the actors need. */
  readonly configUrl: string;
  /** Folders of modules that the actors import besides those beside `workerUrl`; URLs that end in a slash. */
  readonly sourceUrls: readonly string[];
  /** The server's environment; the child gets what Deno needs and what kinds declare. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly events: HostEvents;
  readonly timing?: HostTiming;
}

/** What came while no child was open, in order. */
type Waiting =
  | { readonly deliveries: readonly Delivery[] }
  | { readonly questions: readonly Question[] }
  | { readonly cancel: number };

/**
 * Runs turns in a child process with a worker host inside. It exists because in Deno 2.9 nothing stops a running loop
 * in a worker, and a full heap ends the process: so what can be killed must be a process.
 *
 * One child is current and gets all new work. A child that dies is replaced at once; one that is stuck or holds much
 * memory is replaced first, then it may finish what runs, then it is killed. Suspects (deliveries that are `alone`) have
 * lone children, one each and a few at a time: see {@linkcode LoneSeats}. So for a moment several live; turns, cancels and
 * answers find theirs by the turn and by the lane in a request's number.
 *
 * When a child dies, an {@linkcode Inquest} says who may have been the cause. Work that had not been sent waits for the
 * next child.
 */
export function createProcessHost(options: ProcessHostOptions): Host {
  return new ProcessHost(options);
}

/**
 * ```
 * new ──start()──► starting ──first child ready──► started ──stop()──► stopped
 *                     └──first child gone──────────────────────────────┘
 * ```
 */
class ProcessHost implements Host {
  readonly slots: number;
  readonly #options: ProcessHostOptions & { readonly timing: HostTiming };
  readonly #events: HostEvents;
  readonly #links = new Set<ChildLink>();
  readonly #current: ChildSeat;
  readonly #waiting: Waiting[] = [];
  readonly #lone: LoneSeats;
  readonly #loneLine: LoneLine;
  readonly #inquest = new Inquest();
  readonly #firstReady = Promise.withResolvers<void>();
  #status: "new" | "starting" | "started" | "stopped" = "new";
  #folder: string | null = null;
  #childrenOpened = 0;

  constructor(options: ProcessHostOptions) {
    const { clock, workers, events } = options;
    this.slots = workers * SLOTS_PER_WORKER;
    this.#options = { timing: HOST_TIMING, ...options };
    this.#events = this.#whileStarted(events);
    this.#loneLine = new LoneLine(clock);
    this.#current = new ChildSeat({
      clock,
      overlaps: true,
      open: (life) => this.#open(life, { workers }),
      ready: (link) => this.#ready(link),
      lost: (why) => this.#firstReady.reject(new RuntimeError("host-lost", `The child process cannot start: ${why}`)),
      isNeeded: () => this.#status === "started",
    });
    this.#lone = new LoneSeats({
      clock,
      timing: this.#options.timing,
      line: this.#loneLine,
      open: (life, lonePlace) => this.#open(life, { workers: 1, lonePlace }),
    });
  }

  async start(): Promise<void> {
    if (this.#status !== "new") return;
    this.#status = "starting";
    this.#folder = Deno.makeTempDirSync({ prefix: "mailroom-host-" });
    this.#current.fill();
    try {
      await this.#firstReady.promise;
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  deliver(deliveries: readonly Delivery[]): void {
    if (this.#status === "stopped") return;
    const others = this.#loneLine.divert(deliveries);
    if (others.length < deliveries.length) this.#callNext();
    if (others.length === 0) return;
    if (this.#current.open === null) this.#waiting.push({ deliveries: others });
    else this.#current.open.deliver(others);
  }

  ask(questions: readonly Question[]): void {
    if (this.#current.open === null) this.#waiting.push({ questions });
    else this.#current.open.ask(questions);
  }

  cancel(turn: number): void {
    const holder = [...this.#links].find((link) => link.has(turn));
    if (holder !== undefined) return holder.cancel(turn);
    const ended = this.#loneLine.cancel(turn);
    if (ended !== undefined) this.#events.outcomes(ended);
    else if (this.#waiting.length > 0) this.#waiting.push({ cancel: turn });
  }

  answer(answers: readonly TurnAnswer[]): void {
    for (const [lane, mine] of Map.groupBy(answers, ({ request }) => laneOf(request).child)) {
      for (const link of this.#links) if (link.lane === lane) link.answer(mine);
    }
  }

  async stop(): Promise<void> {
    if (this.#status === "new" || this.#status === "stopped") return;
    this.#status = "stopped";
    this.#current.close();
    this.#lone.close();
    this.#firstReady.reject(new RuntimeError("stopping", "The host was stopped before it had started"));
    await Promise.all([...this.#links].map((link) => link.end("the host stops")));
    if (this.#folder !== null) await Deno.remove(this.#folder, { recursive: true });
  }

  #open(life: ChildLife, { workers, lonePlace }: { workers: number; lonePlace?: number }): ChildLink {
    const { workerUrl, registry, clock, memoryMb, timing } = this.#options;
    const childLane = this.#childrenOpened++ % CHILD_LANES;
    const isLone = lonePlace !== undefined;
    const kinds = [...registry.kinds].map(([kind, { permissions }]) => ({ kind, permissions }));
    const link = new ChildLink({
      socketPath: `${this.#folder}/${childLane}.sock`,
      command: { ...this.#options, workers },
      setup: { workerUrl, workers, childLane, timing, kinds, isLone, memory: memoryBounds({ memoryMb, workers }) },
      clock,
      events: isLone ? this.#loneLine.heeded(this.#events, () => this.#callNext(), lonePlace) : this.#events,
      inquest: isLone ? new Inquest() : this.#inquest,
      isLone,
      life: {
        ...life,
        gone: (link, why) => {
          this.#links.delete(link);
          life.gone(link, why);
        },
      },
    });
    this.#links.add(link);
    return link;
  }

  #ready(link: ChildLink): void {
    if (this.#status === "starting") this.#status = "started";
    this.#firstReady.resolve();
    for (const waiting of this.#waiting.splice(0)) {
      if ("deliveries" in waiting) link.deliver(waiting.deliveries);
      else if ("questions" in waiting) link.ask(waiting.questions);
      else link.cancel(waiting.cancel);
    }
    this.#callNext();
  }

  #callNext(): void {
    if (this.#status === "started") this.#lone.callNext();
  }

  /** A host that was stopped tells nothing more. */
  #whileStarted(events: HostEvents): HostEvents {
    const told = <A>(tell: (argument: A) => void) => (argument: A) => {
      if (this.#status !== "stopped") tell(argument);
    };
    return {
      outcomes: told((outcomes) => events.outcomes(outcomes)),
      started: told((turns) => events.started(turns)),
      live: told((notes) => events.live(notes)),
      requests: told((requests) => events.requests(requests)),
      lost: told((turns) => events.lost(turns)),
      notice: told((notice) => events.notice(notice)),
    };
  }
}
