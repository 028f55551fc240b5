import type { Address } from "../actor/address.ts";
import type { Message } from "../actor/message.ts";
import type { Outcome } from "../actor/outcome.ts";
import { RuntimeError, type SerializedError } from "../core/errors.ts";
import type { EntryResult } from "../store/contract.ts";
import type { Flight } from "./flight.ts";
import type { Composer, Settlement } from "./outcome_entry.ts";
import { gathering } from "./gathering.ts";
import type { Lead } from "./lead.ts";
import type { Settling } from "./settling.ts";

/*
 * An activation: one actor at a host with runs of its messages, from delivery until the last of them is settled.
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
 * - The next run comes when all turns at the host have ended, each with success, and finds the state that they left. It need
 *   not wait for their commit: what is refused drops what ran behind it, of the same run or a later one.
 */
export interface Activation {
  readonly address: string;
  readonly of: Address;
  /** Of the latest run, in mailbox order, and so in order of their turns. */
  readonly flights: readonly Flight[];
  readonly lead: Lead;
  /** Goes on with a further run. */
  extend(flights: readonly Flight[]): void;
  report(outcome: Outcome): void;
  /** The turn is gone with its worker, and not to blame. */
  lose(turn: number): void;
  /** Resolves when everything reported so far is durable. @throws what the store refused */
  durable(): Promise<void>;
}

type Committed = Extract<EntryResult, { readonly status: "committed" }>;

export interface ActivationPorts {
  readonly composer: Composer;
  readonly settling: Settling;
  /** A commit is done: its settlements are true. */
  readonly settled: (settlements: readonly Settlement[], result: Committed) => void;
  /** The turn has ended at the host. */
  readonly ended: (flight: Flight) => void;
  /** The host has ended all turns; some may still have to be committed. */
  readonly landed: (activation: Activation) => void;
  /** They have landed, and a further run may follow. */
  readonly mayGoOn: (activation: Activation) => void;
  /** A further run would be in vain. */
  readonly mustStay: (activation: Activation) => void;
  /** Handled or given up: they have left the mailbox. */
  readonly handled: (activation: Activation, handled: readonly Message[]) => void;
  readonly over: (activation: Activation, end: ActivationEnd) => void;
}

export interface ActivationEnd {
  /** The head, when it waits for its next attempt. */
  readonly postponed: Message | null;
  /** Unhandled messages that may be delivered again as soon as the head may. */
  readonly again: readonly Message[];
}

type Begun = Pick<Activation, "address" | "flights" | "lead">;

/** The turns of a run are numbered one after the other. */
export function createActivation(begun: Begun, ports: ActivationPorts): Activation {
  return new RunningActivation(begun, ports);
}

/** The flight of a turn that the host has not ended yet. */
export function flightAtHost({ flights }: Activation, turn: number): Flight | undefined {
  const flight = flights[turn - flights[0]!.turn];
  return flight?.atHost ? flight : undefined;
}

class RunningActivation implements Activation {
  readonly address: string;
  readonly of: Address;
  flights: readonly Flight[];
  readonly lead: Lead;
  readonly #ports: ActivationPorts;
  #atHost: number;
  #state: "running" | "dropping" | "over" = "running";
  #reported: Settlement[] = [];
  #committing: Promise<void> | null = null;
  #refusal: SerializedError | null = null;
  /** Why nothing can be committed any more. */
  #failure: { readonly thrown: unknown } | null = null;
  #postponed: Message | null = null;
  readonly #handedBack: Flight[] = [];

  // Outcomes of one frame are reported in one go: they commit together.
  static readonly #goOnSoon = gathering((activations: readonly RunningActivation[]) => {
    for (const activation of activations) activation.#goOn();
  });

  constructor({ address, flights, lead }: Begun, ports: ActivationPorts) {
    this.address = address;
    this.flights = flights;
    this.lead = lead;
    this.#ports = ports;
    this.#atHost = flights.length;
    this.of = flights[0]!.message;
  }

  extend(flights: readonly Flight[]): void {
    this.flights = flights;
    this.#atHost = flights.length;
  }

  report(outcome: Outcome): void {
    const flight = flightAtHost(this, outcome.turn);
    if (flight === undefined) return;
    const isLast = outcome.ending.end !== "commit-point";
    if (this.#state !== "dropping" && outcome.ending.end !== "returned") {
      const settlement = this.#ports.composer.settle(flight, outcome);
      this.#reported.push(settlement);
      this.lead.reported(settlement);
    } else if (isLast) this.#handBack(flight);
    if (isLast) this.#end(flight);
    RunningActivation.#goOnSoon(this);
  }

  lose(turn: number): void {
    const flight = flightAtHost(this, turn);
    if (flight === undefined) return;
    this.#handBack(flight);
    this.#end(flight);
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
    if (this.#atHost > 0) return;
    this.#ports.landed(this);
    this.#offerToGoOn();
  }

  #offerToGoOn(): void {
    if (this.#atHost === 0 && this.lead.mayGrow) this.#ports.mayGoOn(this);
  }

  #handBack(flight: Flight): void {
    this.lead.break();
    this.#handedBack.push(flight);
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
    this.lead.end();
    const again = this.#handedBack.filter(({ settled }) => !settled)
      .sort((one, other) => one.turn - other.turn).map(({ message }) => message);
    // Which of several refused outcomes is at fault shows when they run one by one.
    if (this.#refusal !== null) again.splice(1);
    this.#ports.over(this, { postponed: this.#postponed, again });
  }

  #commit(settlements: readonly Settlement[]): Promise<void> {
    return this.#ports.settling.commit(settlements).then((result) =>
      result.status === "committed" ? this.#accept(settlements, result) : this.#dropAll(settlements, result)
    );
  }

  async #dropAll(settlements: readonly Settlement[], result: Exclude<EntryResult, Committed>): Promise<void> {
    if (result.status === "answered") throw new RuntimeError("internal", "An outcome bears no claim");
    this.#drop();
    this.#refusal = result.error;
    if (settlements.length === 1) return await this.#refuse(settlements[0]!, result.error);
    for (const { flight, decision } of settlements) if (decision !== null) this.#handBack(flight);
  }

  #drop(): void {
    this.#state = "dropping";
    this.lead.break();
    this.#ports.mustStay(this);
    for (const { flight, outcome } of this.#reported) {
      if (outcome.ending.end !== "commit-point") this.#handBack(flight);
    }
    this.#reported = [];
  }

  #accept(settlements: readonly Settlement[], result: Committed): void {
    const handled: Message[] = [];
    for (const settlement of settlements) {
      const { flight, decision } = settlement;
      this.lead.committed(settlement);
      if (decision === null) continue;
      flight.settled = true;
      if (decision.decision === "retry" || decision.decision === "snooze") this.#postponed = flight.message;
      else handled.push(flight.message);
    }
    this.#ports.handled(this, handled);
    this.#ports.settled(settlements, result);
    if (this.#reported.length > 0) this.#offerToGoOn();
  }

  async #refuse(settlement: Settlement, error: SerializedError): Promise<void> {
    const { instead, result } = await this.#ports.settling.refuse(settlement, error);
    if (result.status === "committed") return this.#accept([instead], result);
    settlement.flight.settled = true;
    this.#ports.handled(this, [settlement.flight.message]);
  }
}
