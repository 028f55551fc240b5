import type { Clock } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import { isDecision } from "./decision.ts";
import { type OpenTurn, TurnContext } from "./turn_context.ts";
import { Draft } from "./draft.ts";
import type { AnyKind } from "./kind.ts";
import type { Delivery, Ending, Envelope } from "./outcome.ts";
import { parseWith, upgrade, versionOf } from "./schema.ts";
import type { TurnPorts } from "./turn_ports.ts";

/** How long a handler may go on after its signal has aborted for its deadline, in ms. */
export const ABORT_GRACE_MS = 1_000;

/** The state that an actor has between two turns. */
export interface ActorState {
  /** JSON text; null before the first change. */
  readonly text: string | null;
  readonly version: number;
}

/** What one turn is given. */
export interface GivenTurn {
  readonly delivery: Delivery;
  readonly envelope: Envelope;
  readonly state: ActorState;
  /** When its handler starts, in ms since the epoch. */
  readonly startedAt: number;
}

/** The state after a turn, and whether the next message of the actor may start. */
export interface TurnEnd {
  readonly state: ActorState;
  readonly goOn: boolean;
}

/**
 * Runs one turn and reports its outcome, one more per commit point before it. Never throws or rejects.
 * @returns a promise only where the handler waits for something
 */
export function runTurn(kind: AnyKind, given: GivenTurn, ports: TurnPorts): TurnEnd | Promise<TurnEnd> {
  return new Turn(kind, given, ports).run();
}

class Turn implements OpenTurn {
  readonly kind: AnyKind;
  readonly ports: TurnPorts;
  readonly draft: Draft = new Draft();
  readonly #given: GivenTurn;
  #kept: ActorState;
  #working: object = {};
  #isOpen = true;

  constructor(kind: AnyKind, given: GivenTurn, ports: TurnPorts) {
    this.kind = kind;
    this.ports = ports;
    this.#given = given;
    this.#kept = given.state;
  }

  get delivery(): Delivery {
    return this.#given.delivery;
  }

  get envelope(): Envelope {
    return this.#given.envelope;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  run(): TurnEnd | Promise<TurnEnd> {
    const { kind, envelope } = this;
    try {
      this.#working = readState(kind, this.#kept);
      const handled = Object.hasOwn(kind.on, envelope.name) ? kind.on[envelope.name] : undefined;
      if (handled === undefined) {
        throw new RuntimeError("unknown-message", `${kind.kind} has no message ${JSON.stringify(envelope.name)}`);
      }
      const returned: unknown = handled(this.#working, readPayload(kind, envelope), new TurnContext(this));
      if (isGenerator(returned)) return this.#endOf(drive(returned, () => this.#commitPoint()));
      if (returned instanceof Promise) return this.#endOf(returned);
      return this.#end(returned);
    } catch (thrown) {
      return this.#fail(thrown);
    }
  }

  async #endOf(work: Promise<unknown>): Promise<TurnEnd> {
    try {
      return this.#end(await withDeadline(work, this.ports.signal, this.ports.clock));
    } catch (thrown) {
      return this.#fail(thrown);
    }
  }

  async #commitPoint(): Promise<void> {
    this.#report({ end: "commit-point" }, this.#changed());
    await this.ports.request(this.envelope.turn, { want: "commit-point" });
  }

  #end(returned: unknown): TurnEnd {
    if (isDecision(returned)) {
      this.#report({ end: "snoozed", delayMs: returned.delayMs }, undefined);
      return this.#over(false);
    }
    const result = toJson(returned, { what: "The result", limitBytes: LIMITS.payloadBytes });
    this.#report({ end: "done", result }, this.#changed());
    return this.#over(true);
  }

  #fail(thrown: unknown): TurnEnd {
    const abandoned = thrown instanceof Abandoned;
    const error = serializeError(abandoned ? this.ports.signal.reason : thrown);
    this.#report({ end: "failed", error, ...(abandoned ? { abandoned: true as const } : {}) }, undefined);
    return this.#over(false);
  }

  #over(goOn: boolean): TurnEnd {
    this.#isOpen = false;
    return { state: this.#kept, goOn };
  }

  #report(ending: Ending, next: string | undefined): void {
    const { envelope: { turn }, startedAt } = this.#given;
    const isLost = ending.end === "failed" || ending.end === "snoozed";
    const changes = isLost ? undefined : this.draft.take(next);
    const outcome = { turn, startedAt, finishedAt: this.ports.clock.now(), ending };
    this.ports.report(changes === undefined ? outcome : { ...outcome, changes });
    if (changes?.stopped) this.#kept = { text: null, version: versionOf(this.kind.upgrade.state) };
    else if (next !== undefined) this.#kept = { text: next, version: versionOf(this.kind.upgrade.state) };
  }

  /** The state as JSON text when it differs from what was kept. */
  #changed(): string | undefined {
    const text = toJson(this.#working, { what: "The state", limitBytes: LIMITS.stateBytes });
    if (text === (this.#kept.text ?? initialText(this.kind))) return undefined;
    parseWith(this.kind.state, this.#working, "The state after the turn");
    return text;
  }
}

/**
 * Answers a question about an actor's committed state; a promise only where the query waits for something.
 * @throws whatever the query throws
 */
export function runQuestion(
  kind: AnyKind,
  question: { query: string; args: string; state: ActorState },
): string | Promise<string> {
  const query = Object.hasOwn(kind.queries, question.query) ? kind.queries[question.query] : undefined;
  if (query === undefined) {
    throw new RuntimeError("unknown-query", `${kind.kind} has no query ${JSON.stringify(question.query)}`);
  }
  const answer: unknown = query(readState(kind, question.state), JSON.parse(question.args));
  return isThenable(answer) ? Promise.resolve(answer).then(answerText) : answerText(answer);
}

function answerText(answer: unknown): string {
  return toJson(answer, { what: "The answer", limitBytes: LIMITS.payloadBytes });
}

function readState(kind: AnyKind, { text, version }: ActorState): object {
  if (text === null) return JSON.parse(initialText(kind));
  const stored = JSON.parse(text);
  if (version === versionOf(kind.upgrade.state)) return stored;
  return parseWith(kind.state, upgrade(stored, version, kind.upgrade.state), "The upgraded state") as object;
}

function readPayload(kind: AnyKind, { name, version, payload }: Envelope): unknown {
  const stored = JSON.parse(payload);
  const steps = kind.upgrade.messages?.[name];
  if (version === versionOf(steps)) return stored;
  return parseWith(kind.messages[name]!, upgrade(stored, version, steps), "The upgraded message");
}

const initialTexts = new WeakMap<AnyKind, string>();

/** The state of an actor that has none yet, as JSON text. */
function initialText(kind: AnyKind): string {
  let text = initialTexts.get(kind);
  if (text === undefined) initialTexts.set(kind, text = JSON.stringify(kind.initial));
  return text;
}

type Steps = Generator<void, unknown, void> | AsyncGenerator<void, unknown, void>;

async function drive(steps: Steps, commitPoint: () => Promise<void>): Promise<unknown> {
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
    try {
      await commitPoint();
    } catch (refused) {
      await steps.throw(refused);
      throw refused;
    }
  }
}

function isGenerator(value: unknown): value is Steps {
  return typeof value === "object" && value !== null && typeof (value as Steps).next === "function" &&
    (Symbol.asyncIterator in value || Symbol.iterator in value);
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

class Abandoned extends Error {}

/** Waits for `work`, and after the signal's abort for a timeout at most the grace longer. */
function withDeadline<T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancelGrace: () => void = () => {};
    const onAbort = () => {
      const timedOut = signal.reason instanceof RuntimeError && signal.reason.code === "timed-out";
      if (timedOut) cancelGrace = clock.after(ABORT_GRACE_MS, () => reject(new Abandoned()));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      cancelGrace();
      signal.removeEventListener("abort", onAbort);
    });
  });
}
