import type { Delivery, Outcome, Question, TurnAnswer } from "../actor/outcome.ts";
import { type CancelTimer, type Clock, every } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import { ChildProcess, type ProcessEnd } from "./child_process.ts";
import type { ChildCommandOptions } from "./child_command.ts";
import type { ChildFrame, ChildSetup, ServerFrame } from "./child_protocol.ts";
import { answerHeads, answersText } from "./answer_heads.ts";
import type { HostEvents, LossVerdict } from "./contract.ts";
import type { Inquest } from "./inquest.ts";
import { deliveryErrand, type Errand, headOf, questionErrand, textOf } from "./errand.ts";
import { neverRun } from "./never_run.ts";
import { Outstanding } from "./outstanding.ts";
import { Ahead } from "./server_time.ts";
import { Testimony } from "./testimony.ts";

export interface ChildLinkOptions {
  readonly socketPath: string;
  readonly command: ChildCommandOptions;
  readonly setup: ChildSetup;
  readonly clock: Clock;
  readonly events: HostEvents;
  readonly life: ChildLife;
  readonly inquest: Inquest;
  /** It runs one delivery at a time, so its death names the culprit. */
  readonly isLone: boolean;
}

/** The steps of a child's life, as its host wants to know them. */
export interface ChildLife {
  ready(link: ChildLink): void;
  /** Asked when it holds much memory. */
  mayDrain(): boolean;
  /** It takes no more work and will be killed; another is needed. */
  drains(link: ChildLink): void;
  gone(link: ChildLink, why: string): void;
}

const LOOK_PERIOD_MS = 500;

/**
 * A child process at work: what it was given and has not ended, and the watch over its life.
 *
 * ```
 * starting ──ready──► open ──heavy, stuck, or silent for stuckAfterMs──► draining
 *    └──────────────────┴──────────────its end, or kill─────────────────────┴─────► gone
 * ```
 * A draining child is killed as soon as nothing is outstanding, and if it was stuck or silent after `retireGraceMs` at the
 * latest; one that only holds too much memory may take as long as its turns' deadlines allow.
 */
export class ChildLink {
  readonly lane: number;
  readonly #options: ChildLinkOptions;
  readonly #child: ChildProcess;
  readonly #startedAt: number;
  readonly #outstanding = new Outstanding();
  readonly #testimony: Testimony;
  readonly #cancelWatch: CancelTimer;
  #cancelGrace: CancelTimer | null = null;
  #status: "starting" | "open" | "draining" | "gone" = "starting";
  #readyAt: number | null = null;
  readonly #ahead = new Ahead((ms) => this.#send({ frame: "ahead", ms }));
  #silentMs = 0;
  #failure: string | null = null;

  /** @throws {Error} when the process cannot be spawned */
  constructor(options: ChildLinkOptions) {
    const { clock, events, setup, socketPath, command } = options;
    this.#options = options;
    this.#testimony = new Testimony(options.isLone);
    this.lane = setup.childLane;
    this.#startedAt = clock.monotonic();
    this.#child = new ChildProcess({
      socketPath,
      command,
      clock,
      events: {
        connected: () => this.#send({ frame: "setup", setup }),
        frame: (frame) => this.#heard(frame),
        output: (stream, line) => events.notice({ notice: "output", stream, line }),
        gone: (end) => this.#gone(end),
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

  /** For how long it has been ready; 0 when it never was. */
  get readyMs(): number {
    return this.#readyAt === null ? 0 : this.#options.clock.monotonic() - this.#readyAt;
  }

  has(turn: number): boolean {
    return this.#outstanding.has(turn);
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.#outstanding.deliver(deliveries);
    this.#give(deliveries.filter(({ envelopes }) => envelopes.length > 0).map(deliveryErrand));
  }

  ask(questions: readonly Question[]): void {
    this.#outstanding.ask(questions);
    this.#give(questions.map(questionErrand));
  }

  cancel(turn: number): void {
    this.#send({ frame: "cancel", turn });
  }

  answer(answers: readonly TurnAnswer[]): void {
    this.#child.writer?.writeAll(answers, {
      frame: (answers) => ({ frame: "answers", heads: answerHeads(answers) }),
      text: answersText,
      refuse: ({ request }) => this.answer([{ request, error: serializeError(tooLarge("The answer")) }]),
    });
  }

  /** Kills the process; resolves when it is gone. */
  async end(why: string): Promise<void> {
    this.#child.kill(why);
    await this.#child.gone;
  }

  #give(errands: readonly Errand[]): void {
    if (errands.length === 0) return;
    this.#child.writer?.writeAll(errands, {
      frame: (errands) => ({ frame: "work", heads: errands.map(headOf) }),
      text: textOf,
      refuse: ({ turns }) => this.#refuse(turns),
    });
  }

  #send(frame: ServerFrame): void {
    this.#child.writer?.write(frame);
  }

  #heard(frame: ChildFrame): void {
    const { events } = this.#options;
    this.#silentMs = 0;
    this.#testimony.heard();
    if ("at" in frame) this.#ahead.measured({ here: this.#options.clock.monotonic(), there: frame.at });
    if (frame.frame === "outcomes") this.#outcomes(JSON.parse(frame.text!));
    else if (frame.frame === "live") events.live(this.#outstanding.of(frame.notes));
    else if (frame.frame === "requests") tellAny(this.#outstanding.of(frame.requests), events.requests);
    else if (frame.frame === "started") events.started(this.#outstanding.of(frame.turns));
    else if (frame.frame === "notice") events.notice(frame.notice);
    else if (frame.frame === "suspects") this.#testimony.suspects(frame.turns);
    else if (frame.frame === "lost") {
      tellAny(this.#outstanding.take(frame.turns), events.lost);
      this.#endWhenDrained();
    } else if (frame.frame === "full") {
      this.#testimony.lastWords(frame.turns);
      this.#child.kill("it held too much memory");
    } else if (frame.frame === "heavy") this.#lighten();
    else if (frame.frame === "stuck") this.#giveUp("retired");
    else if (frame.frame === "failed") {
      this.#failure = frame.message;
      this.#child.kill(frame.message);
    } else if (frame.frame === "ready") this.#ready();
  }

  #ready(): void {
    const { clock, events, life } = this.#options;
    if (this.#status !== "starting") return;
    this.#status = "open";
    this.#readyAt = clock.monotonic();
    events.notice({ notice: "child-started", pid: this.pid, startMs: this.#readyAt - this.#startedAt });
    life.ready(this);
  }

  #outcomes(outcomes: readonly Outcome[]): void {
    tellAny(this.#outstanding.settle(outcomes), this.#options.events.outcomes);
    this.#endWhenDrained();
  }

  #lighten(): void {
    if (this.#status !== "open" || !this.#options.life.mayDrain()) return;
    this.#send({ frame: "drain" });
    this.#drain();
  }

  /** What else runs in it gets its grace, and is not accused if the verdict is `retired`. */
  #giveUp(verdict: LossVerdict): void {
    if (this.#status === "starting" || this.#cancelGrace !== null) return;
    this.#testimony.givenUp(verdict);
    const graceMs = this.#options.setup.timing.retireGraceMs;
    this.#cancelGrace = this.#options.clock.after(graceMs, () => this.#child.kill("it was stuck"));
    this.#drain();
  }

  #drain(): void {
    if (this.#status === "open") {
      this.#status = "draining";
      this.#options.life.drains(this);
    }
    this.#endWhenDrained();
  }

  #endWhenDrained(): void {
    if (this.#status !== "draining" || !this.#outstanding.isEmpty) return;
    this.#child.kill(this.#cancelGrace === null ? "it held much memory" : "it was stuck");
  }

  /** A look that comes late counts as one period: whoever was held up itself accuses nobody. */
  #watch(): CancelTimer {
    const { clock, setup } = this.#options;
    let lookedAt = clock.monotonic();
    return every(clock, LOOK_PERIOD_MS, () => {
      const now = clock.monotonic();
      this.#silentMs += Math.min(now - lookedAt, LOOK_PERIOD_MS);
      lookedAt = now;
      const isLate = this.#status === "starting" && now - this.#startedAt >= 2 * setup.timing.startTimeoutMs;
      if (isLate) this.#child.kill("it did not become ready");
      if (this.#silentMs >= setup.timing.stuckAfterMs) this.#giveUp("hung");
    });
  }

  #gone({ why, outOfMemory }: ProcessEnd): void {
    this.#status = "gone";
    this.#cancelWatch();
    this.#cancelGrace?.();
    const { events, life, inquest } = this.#options;
    const lost = inquest.hold(this.#testimony.death(this.#outstanding.turns, { outOfMemory }));
    this.#outstanding.turns.clear();
    tellAny(lost, events.lost);
    events.notice({ notice: "child-lost", pid: this.pid, reason: this.#failure ?? why, lost: lost.length });
    life.gone(this, this.#failure ?? why);
  }

  /** What does not fit a frame fails, as if it had failed by itself. */
  #refuse(turns: readonly number[]): void {
    this.#outcomes(neverRun(turns, tooLarge("The delivery"), this.#options.clock.now()));
  }
}

function tellAny<T>(told: readonly T[], tell: (told: readonly T[]) => void): void {
  if (told.length > 0) tell(told);
}

function tooLarge(what: string): RuntimeError {
  return new RuntimeError("too-large", `${what} does not fit one frame to the child process`);
}
