import type { Delivery, Outcome, Question, TurnRequest } from "../actor/outcome.ts";
import { type CancelTimer, type Clock, every } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import { ChildProcess } from "./child_process.ts";
import type { ChildCommandOptions } from "./child_command.ts";
import type { ChildFrame, ChildSetup, ServerFrame } from "./child_protocol.ts";
import { type HostEvents, type LossVerdict, type LostTurn } from "./contract.ts";

export interface ChildLinkOptions {
  readonly socketPath: string;
  readonly command: ChildCommandOptions;
  readonly setup: ChildSetup;
  readonly clock: Clock;
  readonly events: HostEvents;
  readonly life: ChildLife;
}

/** The steps of a child's life, as its host wants to know them. */
export interface ChildLife {
  ready(link: ChildLink): void;
  /** It takes no more work and will be killed; another is needed. */
  drains(link: ChildLink): void;
  gone(link: ChildLink, why: string): void;
}

const LOOK_PERIOD_MS = 500;

/**
 * A child process at work: what it was given and has not ended, and the watch over its life.
 *
 * ```
 * starting ──ready──► open ──stuck, or silent for stuckAfterMs──► draining
 *    └──────────────────┴──────────its end, or kill────────────────────┴─────► gone
 * ```
 * A draining child is killed as soon as nothing is outstanding, and after `retireGraceMs` at the latest.
 */
export class ChildLink {
  readonly lane: number;
  readonly startedAt: number;
  readonly #options: ChildLinkOptions;
  readonly #child: ChildProcess;
  readonly #outstanding = new Set<number>();
  readonly #cancelWatch: CancelTimer;
  #cancelGrace: CancelTimer | null = null;
  #status: "starting" | "open" | "draining" | "gone" = "starting";
  #verdict: LossVerdict = "child-lost";
  #silentMs = 0;
  #failure: string | null = null;

  /** @throws {Error} when the process cannot be spawned */
  constructor(options: ChildLinkOptions) {
    const { clock, events, setup, socketPath, command } = options;
    this.#options = options;
    this.lane = setup.childLane;
    this.startedAt = clock.monotonic();
    this.#child = new ChildProcess({
      socketPath,
      command,
      clock,
      events: {
        connected: () => this.#send({ frame: "setup", setup }),
        frame: (frame) => this.#heard(frame),
        output: (stream, line) => events.notice({ notice: "output", stream, line }),
        gone: (why) => this.#gone(this.#failure ?? why),
      },
    });
    this.#cancelWatch = this.#watch();
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isOpen(): boolean {
    return this.#status === "open";
  }

  has(turn: number): boolean {
    return this.#outstanding.has(turn);
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { envelopes } of deliveries) for (const { turn } of envelopes) this.#outstanding.add(turn);
    this.#child.writer?.writeAll(deliveries, {
      frame: (deliveries) => ({ frame: "deliver", deliveries }),
      refuse: ({ envelopes }) => this.#refuse(envelopes.map(({ turn }) => turn)),
    });
  }

  ask(questions: readonly Question[]): void {
    for (const { turn } of questions) this.#outstanding.add(turn);
    this.#child.writer?.writeAll(questions, {
      frame: (questions) => ({ frame: "ask", questions }),
      refuse: ({ turn }) => this.#refuse([turn]),
    });
  }

  cancel(turn: number): void {
    this.#send({ frame: "cancel", turn });
  }

  answer(answers: Extract<ServerFrame, { frame: "answers" }>["answers"]): void {
    this.#child.writer?.writeAll(answers, {
      frame: (answers) => ({ frame: "answers", answers }),
      refuse: ({ request }) => this.answer([{ request, error: serializeError(tooLarge("The answer")) }]),
    });
  }

  /** Kills the process; resolves when it is gone. */
  async end(): Promise<void> {
    this.#child.kill("the host stops");
    await this.#child.gone;
  }

  #send(frame: ServerFrame): void {
    this.#child.writer?.write(frame);
  }

  #heard(frame: ChildFrame): void {
    const { events, life } = this.#options;
    this.#silentMs = 0;
    if (frame.frame === "outcomes") this.#outcomes(frame.outcomes);
    else if (frame.frame === "live") events.live(frame.notes.filter(({ turn }) => this.has(turn)));
    else if (frame.frame === "requests") this.#requests(frame.requests);
    else if (frame.frame === "started") events.started(frame.turns.filter(({ turn }) => this.has(turn)));
    else if (frame.frame === "lost") this.#lost(frame.turns);
    else if (frame.frame === "notice") events.notice(frame.notice);
    else if (frame.frame === "stuck") this.#drain("retired");
    else if (frame.frame === "failed") {
      this.#failure = frame.message;
      this.#child.kill(frame.message);
    } else if (frame.frame === "ready" && this.#status === "starting") {
      this.#status = "open";
      life.ready(this);
    }
  }

  #outcomes(outcomes: readonly Outcome[]): void {
    const believed = outcomes.filter(({ turn, ending }) =>
      ending.end === "commit-point" ? this.#outstanding.has(turn) : this.#outstanding.delete(turn)
    );
    if (believed.length > 0) this.#options.events.outcomes(believed);
    this.#endWhenDrained();
  }

  #requests(requests: readonly TurnRequest[]): void {
    const believed = requests.filter(({ turn }) => this.has(turn));
    if (believed.length > 0) this.#options.events.requests(believed);
  }

  #lost(turns: readonly LostTurn[]): void {
    const believed = turns.filter(({ turn }) => this.#outstanding.delete(turn));
    if (believed.length > 0) this.#options.events.lost(believed);
    this.#endWhenDrained();
  }

  #drain(verdict: LossVerdict): void {
    if (this.#status !== "open") return;
    this.#status = "draining";
    this.#verdict = verdict;
    this.#cancelGrace = this.#options.clock.after(
      this.#options.setup.timing.retireGraceMs,
      () => this.#child.kill("it was stuck"),
    );
    this.#options.life.drains(this);
    this.#endWhenDrained();
  }

  #endWhenDrained(): void {
    if (this.#status === "draining" && this.#outstanding.size === 0) this.#child.kill("it was stuck");
  }

  /** A look that comes late counts as one period: whoever was held up itself accuses nobody. */
  #watch(): CancelTimer {
    const { clock, setup } = this.#options;
    let lookedAt = clock.monotonic();
    return every(clock, LOOK_PERIOD_MS, () => {
      const now = clock.monotonic();
      this.#silentMs += Math.min(now - lookedAt, LOOK_PERIOD_MS);
      lookedAt = now;
      const isLate = this.#status === "starting" && now - this.startedAt >= 2 * setup.timing.startTimeoutMs;
      if (isLate) this.#child.kill("it did not become ready");
      if (this.#silentMs >= (setup.timing.stuckAfterMs)) this.#drain("hung");
    });
  }

  #gone(why: string): void {
    this.#status = "gone";
    this.#cancelWatch();
    this.#cancelGrace?.();
    const { events, life } = this.#options;
    const turns = [...this.#outstanding];
    const isCulprit = turns.length === 1 && this.#verdict !== "retired";
    this.#outstanding.clear();
    if (turns.length > 0) {
      events.lost(turns.map((turn) => ({ turn, started: true, culprit: isCulprit, verdict: this.#verdict })));
    }
    events.notice({ notice: "child-lost", pid: this.pid, reason: why, lost: turns.length });
    life.gone(this, why);
  }

  /** What does not fit a frame fails at its first turn, as if that had failed by itself. */
  #refuse([first, ...rest]: readonly number[]): void {
    const at = this.#options.clock.now();
    const failed = { end: "failed", error: serializeError(tooLarge("The delivery")) } as const;
    const times = { startedAt: at, finishedAt: at };
    this.#outcomes([
      ...(first === undefined ? [] : [{ turn: first, ...times, ending: failed }]),
      ...rest.map((turn) => ({ turn, ...times, ending: { end: "returned" } as const })),
    ]);
  }
}

function tooLarge(what: string): RuntimeError {
  return new RuntimeError("too-large", `${what} does not fit one frame to the child process`);
}
