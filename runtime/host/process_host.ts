import type { Delivery, Question, TurnAnswer } from "../actor/outcome.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { ChildLink } from "./child_link.ts";
import { type Host, type HostEvents, SLOTS_PER_WORKER } from "./contract.ts";
import type { KindPlaces } from "./permission_sets.ts";
import { CHILD_LANES, laneOf } from "./request_lanes.ts";
import { HOST_TIMING, type HostTiming } from "./timing.ts";

export interface ProcessHostOptions {
  /** The module that calls `serveWorker`. */
  readonly workerUrl: string;
  readonly registry: KindPlaces;
  /** Workers per permission set. */
  readonly workers: number;
  /** Bound of each isolate's old generation in the child. */
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

const SHORT_LIFE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs turns in a child process with a worker host inside. It exists because in Deno 2.9 nothing stops a running loop
 * in a worker, and a full heap ends the process: so what can be killed must be a process.
 *
 * One child is current and gets all new work. A child that dies is replaced at once (with a growing pause while
 * children die young); one that is stuck is replaced first, then it may finish what runs, then it is killed. So for a
 * moment several live; turns, cancels and answers find theirs by the turn and by the lane in a request's number.
 *
 * When a child dies, nobody can say which of its turns had started: all are `lost` as started, and the culprit is known
 * only where exactly one was outstanding. Work that had not been sent waits for the next child.
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
  readonly #options: ProcessHostOptions;
  readonly #links = new Set<ChildLink>();
  readonly #waiting: Waiting[] = [];
  readonly #firstReady = Promise.withResolvers<void>();
  #status: "new" | "starting" | "started" | "stopped" = "new";
  #folder: string | null = null;
  #current: ChildLink | null = null;
  #childrenOpened = 0;
  #shortLives = 0;
  #cancelPause: CancelTimer | null = null;

  constructor(options: ProcessHostOptions) {
    this.slots = options.workers * SLOTS_PER_WORKER;
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#status !== "new") return;
    this.#status = "starting";
    this.#folder = Deno.makeTempDirSync({ prefix: "mailroom-host-" });
    this.#open();
    try {
      await this.#firstReady.promise;
    } catch (cause) {
      await this.stop();
      throw cause;
    }
  }

  deliver(deliveries: readonly Delivery[]): void {
    if (this.#current?.isOpen) this.#current.deliver(deliveries);
    else this.#waiting.push({ deliveries });
  }

  ask(questions: readonly Question[]): void {
    if (this.#current?.isOpen) this.#current.ask(questions);
    else this.#waiting.push({ questions });
  }

  cancel(turn: number): void {
    const holder = [...this.#links].find((link) => link.has(turn));
    if (holder !== undefined) holder.cancel(turn);
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
    this.#cancelPause?.();
    this.#firstReady.reject(new RuntimeError("stopping", "The host was stopped before it had started"));
    await Promise.all([...this.#links].map((link) => link.end()));
    if (this.#folder !== null) await Deno.remove(this.#folder, { recursive: true });
  }

  #open(): void {
    try {
      this.#current = this.#newLink();
      this.#links.add(this.#current);
    } catch (cause) {
      this.#lostCurrent(`it cannot be spawned: ${(cause as Error).message}`);
    }
  }

  #newLink(): ChildLink {
    const { workerUrl, registry, workers, clock, events, timing = HOST_TIMING } = this.#options;
    const childLane = this.#childrenOpened++ % CHILD_LANES;
    const kinds = [...registry.kinds].map(([kind, { permissions }]) => ({ kind, permissions }));
    return new ChildLink({
      socketPath: `${this.#folder}/${childLane}.sock`,
      command: this.#options,
      setup: { workerUrl, workers, childLane, timing, kinds },
      clock,
      events: this.#whileStarted(events),
      life: {
        ready: (link) => this.#ready(link),
        drains: () => this.#open(),
        gone: (link, why) => this.#gone(link, why),
      },
    });
  }

  #ready(link: ChildLink): void {
    const { clock, events } = this.#options;
    events.notice({ notice: "child-started", pid: link.pid, startMs: clock.monotonic() - link.startedAt });
    if (this.#status === "starting") this.#status = "started";
    this.#firstReady.resolve();
    for (const waiting of this.#waiting.splice(0)) {
      if ("deliveries" in waiting) link.deliver(waiting.deliveries);
      else if ("questions" in waiting) link.ask(waiting.questions);
      else link.cancel(waiting.cancel);
    }
  }

  #gone(link: ChildLink, why: string): void {
    this.#links.delete(link);
    if (link !== this.#current) return;
    const livedMs = this.#options.clock.monotonic() - link.startedAt;
    if (livedMs >= SHORT_LIFE_MS) this.#shortLives = 0;
    this.#lostCurrent(why);
  }

  #lostCurrent(why: string): void {
    this.#current = null;
    this.#shortLives++;
    this.#firstReady.reject(new RuntimeError("host-lost", `The child process cannot start: ${why}`));
    if (this.#status === "started") this.#openLater();
  }

  /** At once the first time; after a second short life in a row 100 ms later, then 200 ms, 400 ms... */
  #openLater(): void {
    if (this.#shortLives < 2) return this.#open();
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** (this.#shortLives - 2));
    this.#cancelPause = this.#options.clock.after(pauseMs, () => this.#open());
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
