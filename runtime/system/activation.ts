import type { Address } from "../actor/address.ts";
import type { Message } from "../actor/message.ts";
import type { Outcome } from "../actor/outcome.ts";
import { RuntimeError, type SerializedError, serializeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry } from "../store/contract.ts";
import type { Flight } from "./flight.ts";
import type { Composer, Settlement } from "./outcome_entry.ts";
import { gathering } from "./gathering.ts";
import { ACQUITTED, type Supervising } from "./supervising.ts";

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
  /** In mailbox order, and so in order of their turns. */
  readonly flights: readonly Flight[];
  report(outcome: Outcome): void;
  /** The turn is gone with its worker, and not to blame. */
  lose(turn: number): void;
  /** Resolves when everything reported so far is durable. @throws what the store refused */
  durable(): Promise<void>;
}

type Committed = Extract<EntryResult, { readonly status: "committed" }>;

export interface ActivationPorts {
  readonly composer: Composer;
  readonly supervising: Supervising;
  readonly commit: (entry: StoreEntry) => Promise<EntryResult>;
  /** A commit is done: its settlements are true. */
  readonly settled: (settlements: readonly Settlement[], result: Committed) => void;
  /** The turn has ended at the host. */
  readonly ended: (flight: Flight) => void;
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

/** The turns of `flights` are numbered one after the other. */
export function createActivation(
  { address, flights }: Pick<Activation, "address" | "flights">,
  ports: ActivationPorts,
): Activation {
  return new RunningActivation({ address, flights }, ports);
}

/** The flight of a turn that the host has not ended yet. */
export function flightAtHost({ flights }: Activation, turn: number): Flight | undefined {
  const flight = flights[turn - flights[0]!.turn];
  return flight?.atHost ? flight : undefined;
}

class RunningActivation implements Activation {
  readonly address: string;
  readonly of: Address;
  readonly flights: readonly Flight[];
  readonly #ports: ActivationPorts;
  #atHost: number;
  #state: "running" | "dropping" | "over" = "running";
  #reported: Settlement[] = [];
  #committing: Promise<void> | null = null;
  #refusal: SerializedError | null = null;
  /** Why nothing can be committed any more. */
  #failure: { readonly thrown: unknown } | null = null;
  #postponed: Message | null = null;
  readonly #handled: Message[] = [];
  readonly #handedBack: Message[] = [];

  // Outcomes of one frame are reported in one go: they commit together.
  static readonly #goOnSoon = gathering((activations: readonly RunningActivation[]) => {
    for (const activation of activations) activation.#goOn();
  });

  constructor({ address, flights }: Pick<Activation, "address" | "flights">, ports: ActivationPorts) {
    this.address = address;
    this.flights = flights;
    this.#ports = ports;
    this.#atHost = flights.length;
    this.of = flights[0]!.message;
  }

  report(outcome: Outcome): void {
    const flight = flightAtHost(this, outcome.turn);
    if (flight === undefined) return;
    const isLast = outcome.ending.end !== "commit-point";
    if (isLast) this.#end(flight);
    if (this.#state !== "dropping" && outcome.ending.end !== "returned") {
      this.#reported.push(this.#ports.composer.settle(flight, outcome));
    } else if (isLast) this.#handedBack.push(flight.message);
    RunningActivation.#goOnSoon(this);
  }

  lose(turn: number): void {
    const flight = flightAtHost(this, turn);
    if (flight === undefined) return;
    this.#end(flight);
    this.#handedBack.push(flight.message);
    RunningActivation.#goOnSoon(this);
  }

  async durable(): Promise<void> {
    while (this.#committing !== null || this.#reported.length > 0) {
      this.#goOn();
      await this.#committing;
    }
    if (this.#failure !== null) throw this.#failure.thrown;
    if (this.#refusal === null) return;
    const { code, message, retryable } = this.#refusal;
    throw new RuntimeError(code, message, { retryable });
  }

  #end(flight: Flight): void {
    flight.atHost = false;
    this.#atHost--;
    this.#ports.ended(flight);
    if (this.#atHost === 0) this.#ports.landed(this);
  }

  /** Commits what was reported, or ends the activation when there is nothing left to wait for. */
  #goOn(): void {
    if (this.#committing !== null || this.#state === "over") return;
    if (this.#reported.length === 0) {
      if (this.#atHost === 0) this.#finish();
      return;
    }
    const settlements = this.#reported;
    this.#reported = [];
    const done = () => {
      this.#committing = null;
      this.#goOn();
    };
    this.#committing = this.#commit(settlements).then(done, (thrown) => {
      // Whoever waits for it hears of it; a commit that fails for good ends the node.
      this.#failure = { thrown };
      done();
    });
  }

  #finish(): void {
    this.#state = "over";
    const [handled, postponed] = [this.#handled, this.#postponed];
    const again = this.#handedBack.length === 0
      ? []
      : this.flights.map(({ message }) => message).filter((message) =>
        this.#handedBack.includes(message) && message !== postponed && !handled.includes(message)
      );
    // Which of several refused outcomes is at fault shows when they run one by one.
    this.#ports.over(this, { handled, postponed, again: this.#refusal === null ? again : again.slice(0, 1) });
  }

  #commit(settlements: readonly Settlement[]): Promise<void> {
    return this.#judgeAndCommit(settlements).then((result) =>
      result.status === "committed" ? this.#accept(settlements, result) : this.#dropAll(settlements, result)
    );
  }

  async #dropAll(settlements: readonly Settlement[], result: Exclude<EntryResult, Committed>): Promise<void> {
    if (result.status === "answered") throw new RuntimeError("internal", "An outcome bears no claim");
    this.#drop();
    this.#refusal = result.error;
    if (settlements.length === 1) return await this.#refuse(settlements[0]!, result.error);
    for (const { flight, decision } of settlements) if (decision !== null) this.#handedBack.push(flight.message);
  }

  #drop(): void {
    this.#state = "dropping";
    for (const { flight, outcome } of this.#reported) {
      if (outcome.ending.end !== "commit-point") this.#handedBack.push(flight.message);
    }
    this.#reported = [];
  }

  #accept(settlements: readonly Settlement[], result: Committed): void {
    for (const { flight, decision } of settlements) {
      if (decision === null) continue;
      if (decision.decision === "retry" || decision.decision === "snooze") this.#postponed = flight.message;
      else this.#handled.push(flight.message);
    }
    this.#ports.settled(settlements, result);
  }

  /** What one outcome asked for is impossible: that is its attempt's failure. */
  async #refuse({ flight, outcome }: Settlement, error: SerializedError): Promise<void> {
    const { composer } = this.#ports;
    const { changes: _, ...without } = outcome;
    const failed: Outcome = { ...without, ending: { end: "failed", error: { ...error, retryable: true } } };
    let last = composer.settle(flight, failed);
    let result = await this.#judgeAndCommit([last]);
    if (result.status === "refused") {
      const { attempts, crashes } = flight.message;
      last = { flight, outcome: failed, decision: { decision: "give-up", attempts: attempts + 1, crashes, error } };
      result = await this.#attempt(() => composer.bury(last));
    }
    if (result.status === "committed") this.#accept([last], result);
    else this.#handled.push(flight.message);
  }

  #judgeAndCommit(settlements: readonly Settlement[]): Promise<EntryResult> {
    const { composer, supervising } = this.#ports;
    if (supervising.concerns(settlements)) return this.#judged(settlements);
    return this.#attempt(() => composer.compose(settlements, ACQUITTED));
  }

  async #judged(settlements: readonly Settlement[]): Promise<EntryResult> {
    const { composer, supervising } = this.#ports;
    const verdicts = await supervising.judge(settlements);
    const result = await this.#attempt(() => composer.compose(settlements, verdicts));
    if (result.status === "committed") supervising.done(verdicts);
    return result;
  }

  /** Commits what `compose` makes; a journal that throws refuses it as the store would. */
  #attempt(compose: () => StoreEntry): Promise<EntryResult> {
    let entry: StoreEntry;
    try {
      entry = compose();
    } catch (thrown) {
      return Promise.resolve({ status: "refused", error: serializeError(thrown, "internal") });
    }
    return this.#ports.commit(entry);
  }
}
