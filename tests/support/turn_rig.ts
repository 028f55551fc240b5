import type { AnyKind } from "../../runtime/actor/kind.ts";
import type { LiveNote, Outcome } from "../../runtime/actor/outcome.ts";
import { createRegistry, type Registry } from "../../runtime/actor/registry.ts";
import { versionOf } from "../../runtime/actor/schema.ts";
import { type ActorState, runTurn } from "../../runtime/actor/turn.ts";
import type { Wanted } from "../../runtime/actor/turn_ports.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { FakeClock } from "./fake_clock.ts";

export interface TurnRigOptions {
  readonly state?: ActorState;
  readonly tenant?: string;
  readonly payload?: unknown;
  /** Of the payload; the current one by default. */
  readonly version?: number;
  readonly attempt?: number;
  readonly registry?: Registry;
  readonly answer?: (wanted: Wanted) => Promise<string>;
}

/** What a host sees of one turn. */
export interface RanTurn {
  readonly outcomes: readonly Outcome[];
  readonly notes: readonly LiveNote[];
  readonly state: ActorState;
  readonly goOn: boolean;
}

export interface TurnRig {
  readonly clock: FakeClock;
  /** Of the turn's signal. */
  readonly abort: AbortController;
  /** Reported so far. */
  readonly outcomes: readonly Outcome[];
  run(): Promise<RanTurn>;
}

/** One turn of a kind, with the host being the test. */
export function rigTurn(kind: AnyKind, name: string, options: TurnRigOptions = {}): TurnRig {
  const clock = new FakeClock(1_000_000);
  const abort = new AbortController();
  const outcomes: Outcome[] = [];
  const notes: LiveNote[] = [];
  const { state = { text: null, version: 1 }, tenant = "acme", payload = {}, attempt = 1 } = options;
  const envelope = {
    turn: 1,
    messageId: "message-1",
    name,
    version: options.version ?? versionOf(kind.upgrade.messages?.[name]),
    payload: JSON.stringify(payload),
    by: "test",
    attempt,
    timeoutMs: kind.timeoutMs,
    attemptMs: 0,
  };
  const run = async (): Promise<RanTurn> => {
    const delivery = {
      tenant,
      kind: kind.kind,
      key: "one",
      state: state.text,
      stateVersion: state.version,
      envelopes: [envelope],
    };
    const ended = await runTurn(kind, { delivery, envelope, state, startedAt: clock.now() }, {
      clock,
      random: seededRandom(1),
      registry: options.registry ?? createRegistry([kind]),
      signal: abort.signal,
      request: (_turn, wanted) => options.answer?.(wanted) ?? Promise.resolve("null"),
      live: (note) => void notes.push(note),
      report: (outcome) => void outcomes.push(outcome),
    });
    return { outcomes, notes, ...ended };
  };
  return { clock, abort, outcomes, run };
}
