import { type Address, formatAddress } from "../actor/address.ts";
import type { Message } from "../actor/message.ts";
import type { Outcome } from "../actor/outcome.ts";
import { RuntimeError, type SerializedError, serializeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry } from "../store/contract.ts";
import type { Flight } from "./flight.ts";
import type { Composer, Settlement } from "./outcome_entry.ts";

/*
 * An activation: one actor at a host with a run of its messages, from delivery until the last of them is settled.
 *
 *   running ──last turn ended, all committed──► over
 *      │ a commit is refused, a turn did not succeed
 *      ▼
 *   dropping ──turns still at the host have ended──► over
 *
 * Invariants.
 * - Outcomes are committed in the order in which the host reported them, one commit at a time; what is reported while a
 *   commit is under way goes together into the next. So a later turn is never durable without the earlier ones.
 * - After a turn that did not succeed, or a refused commit, nothing that ran behind it is committed: it ran on a state
 *   that never came to be. Its messages are still in the mailbox and run again, with no attempt lost.
 * - The actor is released only when no turn of this activation is at the host.
 */
export interface Activation {
  readonly address: string;
  readonly of: Address;
  /** Turns that the host has not ended yet. */
  readonly flights: ReadonlyMap<number, Flight>;
  report(outcome: Outcome): void;
  /** The turn is gone with its worker, and not to blame. */
  lose(turn: number): void;
  /** Resolves when everything reported so far is durable. @throws what the store refused */
  durable(): Promise<void>;
}

export interface ActivationPorts {
  readonly composer: Composer;
  readonly commit: (entry: StoreEntry) => Promise<EntryResult>;
  /** A commit is done: its settlements are true. */
  readonly settled: (settlements: readonly Settlement[], result: EntryResult & { status: "committed" }) => void;
  /** The turn has ended at the host. */
  readonly ended: (turn: number) => void;
  /** The host has ended all turns; some may still have to be committed. */
  readonly landed: (activation: Activation) => void;
  readonly over: (activation: Activation, end: ActivationEnd) => void;
}

export interface ActivationEnd {
  /** Handled or given up: they have left the mailbox. */
  readonly handled: readonly Message[];
  /** The head, when it waits for its next attempt. */
  readonly postponed: Message | null;
  /** Unhandled messages that may be delivered again as soon as the head may. */
  readonly again: readonly Message[];
}

export function createActivation(
  flights: Map<number, Flight>,
  ports: ActivationPorts,
): Activation {
  const of = [...flights.values()][0]!.message;
  const order = [...flights.values()].map(({ message }) => message);
  let state: "running" | "dropping" | "over" = "running";
  let reported: { flight: Flight; outcome: Outcome }[] = [];
  let committing: Promise<void> | null = null;
  let refusal: SerializedError | null = null;
  let postponed: Message | null = null;
  const handled: Message[] = [];
  const handedBack = new Set<Message>();

  const end = (flight: Flight) => {
    flights.delete(flight.turn);
    ports.ended(flight.turn);
    if (flights.size === 0) ports.landed(activation);
  };

  const drop = () => {
    state = "dropping";
    for (const { flight, outcome } of reported) {
      if (outcome.ending.end !== "commit-point") handedBack.add(flight.message);
    }
    reported = [];
  };

  const finishWhenDone = () => {
    if (state === "over" || committing !== null || flights.size > 0 || reported.length > 0) return;
    state = "over";
    const settled = new Set<Message | null>([...handled, postponed]);
    const again = order.filter((message) => handedBack.has(message) && !settled.has(message));
    // Which of several refused outcomes is at fault shows when they run one by one.
    ports.over(activation, { handled, postponed, again: refusal === null ? again : again.slice(0, 1) });
  };

  const commitReported = () => {
    if (committing !== null || reported.length === 0) return;
    const settlements = reported.map(({ flight, outcome }) => ports.composer.settle(flight, outcome));
    reported = [];
    committing = commitAll(settlements).finally(() => {
      committing = null;
      commitReported();
      finishWhenDone();
    });
    committing.catch(() => {});
  };

  const commitAll = async (settlements: readonly Settlement[]): Promise<void> => {
    const result = await attempt(() => ports.composer.compose(settlements));
    if (result.status === "committed") return accept(settlements, result);
    if (result.status === "answered") throw new RuntimeError("internal", "An outcome bears no claim");
    drop();
    if (settlements.length > 1) {
      for (const { flight, decision } of settlements) if (decision !== null) handedBack.add(flight.message);
      refusal = result.error;
      return;
    }
    await refuse(settlements[0]!, result.error);
  };

  const accept = (settlements: readonly Settlement[], result: EntryResult & { status: "committed" }) => {
    for (const { flight, decision } of settlements) {
      if (decision === null) continue;
      if (decision.decision === "retry" || decision.decision === "snooze") postponed = flight.message;
      else handled.push(flight.message);
    }
    ports.settled(settlements, result);
  };

  /** What one outcome asked for is impossible: that is its attempt's failure. */
  const refuse = async (settlement: Settlement, error: SerializedError): Promise<void> => {
    refusal = error;
    const { flight, outcome } = settlement;
    const failed: Outcome = { ...outcome, ending: { end: "failed", error: { ...error, retryable: true } } };
    delete (failed as { changes?: unknown }).changes;
    let last = ports.composer.settle(flight, failed);
    let result = await attempt(() => ports.composer.compose([last]));
    if (result.status === "refused") {
      last = {
        flight,
        outcome: failed,
        decision: { decision: "give-up", attempts: flight.message.attempts + 1, error },
      };
      result = await attempt(() => ports.composer.bury(last));
    }
    if (result.status === "committed") accept([last], result);
    else handled.push(flight.message);
  };

  /** Commits what `compose` makes; a journal that throws refuses it as the store would. */
  const attempt = async (compose: () => StoreEntry): Promise<EntryResult> => {
    let entry: StoreEntry;
    try {
      entry = compose();
    } catch (thrown) {
      return { status: "refused", error: serializeError(thrown, "internal") };
    }
    return await ports.commit(entry);
  };

  const activation: Activation = {
    address: formatAddress(of),
    of: { tenant: of.tenant, kind: of.kind, key: of.key },
    flights,
    report(outcome) {
      const flight = flights.get(outcome.turn);
      if (flight === undefined) return;
      if (outcome.ending.end !== "commit-point") end(flight);
      if (state === "dropping" || outcome.ending.end === "returned") {
        if (outcome.ending.end !== "commit-point") handedBack.add(flight.message);
      } else reported.push({ flight, outcome });
      // Outcomes of one frame are reported in one go: they commit together.
      queueMicrotask(() => {
        commitReported();
        finishWhenDone();
      });
    },
    lose(turn) {
      const flight = flights.get(turn);
      if (flight === undefined) return;
      end(flight);
      handedBack.add(flight.message);
      queueMicrotask(finishWhenDone);
    },
    async durable() {
      while (committing !== null || reported.length > 0) {
        commitReported();
        await committing;
      }
      if (refusal !== null) {
        throw new RuntimeError(refusal.code, refusal.message, { retryable: refusal.retryable });
      }
    },
  };
  return activation;
}
