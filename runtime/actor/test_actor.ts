import type { Clock } from "../core/clock.ts";
import { RuntimeError, type SerializedError } from "../core/errors.ts";
import { seededRandom } from "../core/random.ts";
import type { Progress } from "./context.ts";
import { fetchedText } from "./fetched_text.ts";
import type { LogLine, RowWrite } from "./journal.ts";
import type { AnyKind, Kind, Queries } from "./kind.ts";
import type { MessageSchemas, PayloadOf } from "./ref.ts";
import type { Delivery, LiveNote, Outcome, Send } from "./outcome.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { parseWith, versionOf } from "./schema.ts";
import { batchIdOf, type Spawned } from "./spawn.ts";
import { runTurn } from "./turn.ts";
import { type AnswerFetch, answerFetch } from "./test_fetch.ts";
import type { Wanted } from "./turn_ports.ts";

const MESSAGE_ID = "01TEST0000000000000000MSG1";

/** What one turn did, over all its commit points. */
export interface TestedTurn<S> {
  readonly end: "done" | "failed" | "snoozed";
  readonly state: S;
  /** What the handler returned, as it reads after JSON. */
  readonly result: unknown;
  readonly error: SerializedError | null;
  readonly delayMs: number;
  readonly sends: readonly (Omit<Send, "payload"> & { readonly payload: unknown })[];
  readonly events: readonly { readonly type: string; readonly subject: string; readonly data: unknown }[];
  readonly spawned: readonly (Omit<Spawned, "payloads"> & {
    readonly batchId: string;
    readonly payloads: readonly unknown[];
  })[];
  readonly rows: readonly RowWrite[];
  readonly lines: readonly LogLine[];
  readonly progress: readonly Progress[];
  readonly commitPoints: number;
}

/** A turn in preparation: every method gives a new one. */
export interface TestActor<S extends object, M extends MessageSchemas> {
  given(state: S): TestActor<S, M>;
  /** Which actor of the kind it is, where that matters. */
  as(self: { readonly tenant?: string; readonly key?: string }): TestActor<S, M>;
  /** The time that `ctx.now()` tells, in ms. */
  at(nowMs: number): TestActor<S, M>;
  attempt(number: number): TestActor<S, M>;
  /** Answers `ctx.query` and `ctx.ask` by name. */
  answering(answers: Readonly<Record<string, (args: never) => unknown>>): TestActor<S, M>;
  /** Answers `ctx.fetch` and `ctx.fetchUrl`; what it throws, they throw. */
  answeringFetch(answer: AnswerFetch): TestActor<S, M>;
  /** What `ctx.blob.read(id)` finds. */
  blob(id: string, bytes: Uint8Array): TestActor<S, M>;
  /** Other kinds that the handler sends to. */
  knowing(registry: Registry): TestActor<S, M>;
  when<N extends keyof M & string>(name: N, payload: PayloadOf<M, N>): Promise<TestedTurn<S>>;
}

interface Setting {
  readonly state: object | null;
  readonly self: { readonly tenant?: string; readonly key?: string };
  readonly nowMs: number;
  readonly attempt: number;
  readonly answers: Readonly<Record<string, (args: never) => unknown>>;
  readonly answerFetch: AnswerFetch | null;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly registry: Registry;
}

/**
 * Runs turns of a kind without threads, disk or time.
 * @example
 * ```ts ignore
 * const turn = await testActor(counter).given({ count: 99 }).when("add", { by: 1 });
 * assert.equal(turn.state.count, 100);
 * ```
 */
export function testActor<S extends object, M extends MessageSchemas, Q extends Queries<S>, K extends string>(
  kind: Kind<S, M, Q, K>,
): TestActor<S, M> {
  const registry = createRegistry([kind]);
  return prepare(kind, {
    state: null,
    self: {},
    nowMs: 0,
    attempt: 1,
    answers: {},
    answerFetch: null,
    blobs: new Map(),
    registry,
  });
}

function prepare<S extends object, M extends MessageSchemas, Q extends Queries<S>, K extends string>(
  kind: Kind<S, M, Q, K>,
  setting: Setting,
): TestActor<S, M> {
  const but = (change: Partial<Setting>) => prepare(kind, { ...setting, ...change });
  return {
    given: (state) => but({ state }),
    as: (self) => but({ self: { ...setting.self, ...self } }),
    at: (nowMs) => but({ nowMs }),
    attempt: (attempt) => but({ attempt }),
    answering: (answers) => but({ answers: { ...setting.answers, ...answers } }),
    answeringFetch: (answerFetch) => but({ answerFetch }),
    blob: (id, bytes) => but({ blobs: new Map([...setting.blobs, [id, bytes]]) }),
    knowing: (registry) => but({ registry }),
    async when(name, payload) {
      const outcomes: Outcome[] = [];
      const notes: LiveNote[] = [];
      const { delivery, envelope } = deliver(kind, setting, { name, payload });
      await runTurn(kind, {
        delivery,
        envelope,
        state: { text: delivery.state, version: delivery.stateVersion },
        startedAt: setting.nowMs,
      }, {
        clock: stoppedClock(setting.nowMs),
        random: seededRandom(1),
        registry: setting.registry,
        signal: new AbortController().signal,
        onAbort: () => {},
        request: (_turn, wanted) => Promise.resolve().then(() => answer(setting, wanted)),
        live: (note) => void notes.push(note),
        report: (outcome) => void outcomes.push(outcome),
      });
      return summarize<S>(kind.initial, delivery.state, { outcomes, notes });
    },
  };
}

function deliver(
  kind: AnyKind,
  setting: Setting,
  { name, payload }: { name: string; payload: unknown },
) {
  const schema = kind.messages[name];
  if (schema === undefined) throw new RuntimeError("unknown-message", `${kind.kind} has no message ${name}`);
  const envelope = {
    turn: 1,
    messageId: MESSAGE_ID,
    name,
    version: versionOf(kind.upgrade.messages?.[name]),
    payload: JSON.stringify(parseWith(schema, payload, `The message ${name}`)),
    by: "test",
    attempt: setting.attempt,
    timeoutMs: kind.timeoutMs,
    attemptMs: 0,
  };
  const delivery: Delivery = {
    tenant: setting.self.tenant ?? "test",
    kind: kind.kind,
    key: setting.self.key ?? "one",
    state: setting.state === null ? null : JSON.stringify(setting.state),
    stateVersion: versionOf(kind.upgrade.state),
    envelopes: [envelope],
  };
  return { delivery, envelope };
}

const CHUNK_BYTES = 64 * 1024;

async function answer(setting: Setting, wanted: Wanted): Promise<string> {
  if (wanted.want === "commit-point") return "null";
  if (wanted.want === "blob") {
    const bytes = setting.blobs.get(wanted.id);
    if (bytes === undefined) throw new RuntimeError("not-found", `There is no blob ${wanted.id}`);
    return JSON.stringify(bytes.subarray(wanted.fromByte, wanted.fromByte + CHUNK_BYTES).toBase64());
  }
  if (wanted.want === "fetch") return fetchedText(await answerFetch(setting.answerFetch, wanted.call));
  const answering = setting.answers[wanted.query] as ((args: unknown) => unknown) | undefined;
  if (answering === undefined) throw new RuntimeError("unknown-query", `Give answering({ ${wanted.query} }) first`);
  return JSON.stringify((await answering(JSON.parse(wanted.args))) ?? null);
}

function summarize<S>(
  initial: S,
  before: string | null,
  { outcomes, notes }: { outcomes: readonly Outcome[]; notes: readonly LiveNote[] },
): TestedTurn<S> {
  const changes = outcomes.flatMap((outcome) => outcome.changes ?? []);
  const ending = outcomes.at(-1)!.ending;
  const stateText = changes.findLast((change) => change.state !== undefined)?.state ?? before;
  return {
    end: ending.end as TestedTurn<S>["end"],
    state: stateText === null || changes.at(-1)?.stopped ? initial : JSON.parse(stateText),
    result: ending.end === "done" ? JSON.parse(ending.result) : null,
    error: ending.end === "failed" ? ending.error : null,
    delayMs: ending.end === "snoozed" ? ending.delayMs : 0,
    sends: changes.flatMap((change) => change.sends.map((send) => ({ ...send, payload: JSON.parse(send.payload) }))),
    events: changes.flatMap((change) => change.events.map((event) => ({ ...event, data: JSON.parse(event.data) }))),
    spawned: changes.flatMap((change) => change.children ?? []).map((children) => ({
      ...children,
      batchId: batchIdOf(MESSAGE_ID, children.name),
      payloads: children.payloads.map((payload) => JSON.parse(payload)),
    })),
    rows: changes.flatMap((change) => change.rows),
    lines: notes.flatMap((note) => "line" in note ? [note.line] : []),
    progress: notes.flatMap((note) => "progress" in note ? [note.progress] : []),
    commitPoints: outcomes.length - 1,
  };
}

function stoppedClock(nowMs: number): Clock {
  return { now: () => nowMs, monotonic: () => nowMs, after: () => () => {} };
}
