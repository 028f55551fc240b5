import type { Clock } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import { isDecision } from "./decision.ts";
import { createContext } from "./turn_context.ts";
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

/**
 * Runs one turn and reports its outcome, one more per commit point before it.
 * @returns the state after it and whether the next message of the actor may start
 */
export async function runTurn(
  kind: AnyKind,
  { delivery, envelope, state, signal }: {
    delivery: Delivery;
    envelope: Envelope;
    state: ActorState;
    signal: AbortSignal;
  },
  ports: TurnPorts,
): Promise<{ state: ActorState; goOn: boolean }> {
  const draft = new Draft();
  const startedAt = ports.clock.now();
  let kept = state;
  const report = (ending: Ending, next: string | undefined) => {
    const changes = ending.end === "failed" || ending.end === "snoozed" ? undefined : draft.take(next);
    ports.report({
      turn: envelope.turn,
      startedAt,
      finishedAt: ports.clock.now(),
      ending,
      ...(changes === undefined ? {} : { changes }),
    });
    if (changes?.stopped) kept = { text: null, version: versionOf(kind.upgrade.state) };
    else if (next !== undefined) kept = { text: next, version: versionOf(kind.upgrade.state) };
  };
  const { context, close } = createContext(kind, { delivery, envelope, draft, signal }, ports);
  try {
    const working = readState(kind, state);
    const handled = Object.hasOwn(kind.on, envelope.name) ? kind.on[envelope.name] : undefined;
    if (handled === undefined) {
      throw new RuntimeError("unknown-message", `${kind.kind} has no message ${JSON.stringify(envelope.name)}`);
    }
    let returned: unknown = handled(working, readPayload(kind, envelope), context);
    if (isGenerator(returned)) {
      returned = await withDeadline(
        drive(returned, async () => {
          report({ end: "commit-point" }, changed(kind, working, kept.text));
          await ports.request(envelope.turn, { want: "commit-point" });
        }),
        signal,
        ports.clock,
      );
    } else if (returned instanceof Promise) returned = await withDeadline(returned, signal, ports.clock);
    if (isDecision(returned)) {
      report({ end: "snoozed", delayMs: returned.delayMs }, undefined);
      return { state: kept, goOn: false };
    }
    const result = toJson(returned, { what: "The result", limitBytes: LIMITS.payloadBytes });
    report({ end: "done", result }, changed(kind, working, kept.text));
    return { state: kept, goOn: true };
  } catch (thrown) {
    const abandoned = thrown instanceof Abandoned;
    const error = serializeError(abandoned ? signal.reason : thrown);
    report({ end: "failed", error, ...(abandoned ? { abandoned: true as const } : {}) }, undefined);
    return { state: kept, goOn: false };
  } finally {
    close();
  }
}

/** Answers a question about an actor's committed state. @throws whatever the query throws */
export async function runQuestion(
  kind: AnyKind,
  question: { query: string; args: string; state: ActorState },
): Promise<string> {
  const query = Object.hasOwn(kind.queries, question.query) ? kind.queries[question.query] : undefined;
  if (query === undefined) {
    throw new RuntimeError("unknown-query", `${kind.kind} has no query ${JSON.stringify(question.query)}`);
  }
  const answer = await query(readState(kind, question.state), JSON.parse(question.args));
  return toJson(answer, { what: "The answer", limitBytes: LIMITS.payloadBytes });
}

function readState(kind: AnyKind, { text, version }: ActorState): object {
  if (text === null) return structuredClone(kind.initial);
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

/** The state as JSON text when it differs from `before`. */
function changed(kind: AnyKind, working: object, before: string | null): string | undefined {
  const text = toJson(working, { what: "The state", limitBytes: LIMITS.stateBytes });
  if (text === (before ?? JSON.stringify(kind.initial))) return undefined;
  parseWith(kind.state, working, "The state after the turn");
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
