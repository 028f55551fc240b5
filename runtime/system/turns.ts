import type { Address } from "../actor/address.ts";
import type { Entry, Journal } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Message } from "../actor/message.ts";
import type { Delivery, Likelihood, LiveNote, Outcome } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import type { LostTurn } from "../host/contract.ts";
import type { Run } from "../mailbox/lane.ts";
import type { Room } from "../mailbox/room.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, Snapshot, StoreEntry } from "../store/contract.ts";
import {
  type Activation,
  type ActivationEnd,
  type ActivationPorts,
  createActivation,
  flightAtHost,
} from "./activation.ts";
import { blameFor, isCrash } from "./blame.ts";
import { toDelivery } from "./delivery.ts";
import { createFlight, type Flight, keepLine } from "./flight.ts";
import { type AllLeads, Lead } from "./lead.ts";
import type { Composer } from "./outcome_entry.ts";
import { createSettling } from "./settling.ts";
import type { Supervising } from "./supervising.ts";
import type { Suspects } from "./suspects.ts";
import { tellSettled } from "./tell_settled.ts";

/** A bound on what a host tells. Its own pace is a little slower: of a pause that its timer cut short nothing is lost. */
const PROGRESS_EVERY_MS = 200;
const PAUSE_AFTER_FAILED_READ_MS = 1_000;

/** The turns that are at the host: hands runs out, takes outcomes in. */
export interface Turns {
  readonly size: number;
  /** Sends a run to the host, with the state that its first message finds: for an actor that goes on, what it left. */
  deliver(run: Run, how: { address: string; alone: boolean }): void;
  report(outcome: Outcome): void;
  started(turn: number, startedAt: number): void;
  note(note: LiveNote): void;
  lose(lost: LostTurn): void;
  /**
   * Notes whose wish it is that the actor's first message at the host be tried no more, the first one's; answers its flight.
   * With `messageId` only if it is that one.
   */
  wishCancelled(address: string, by: string, messageId?: string): Flight | undefined;
  activationOf(turn: number): Activation | undefined;
  /** Resolves when nothing is at the host and all that came back is committed. */
  idle(): Promise<void>;
}

export interface TurnsOptions {
  readonly kindOf: (kind: string) => AnyKind;
  readonly clock: Clock;
  readonly room: Room;
  readonly composer: Composer;
  readonly diagnostics: Diagnostics;
  readonly nextTurn: () => number;
  readonly suspects: Suspects;
  readonly supervising: Supervising;
  /** Null unless every message is marked before it is handled; resolves when the mark is durable. */
  readonly mark: () => ((message: Message) => Promise<void>) | null;
  readonly snapshot: (address: Address) => Promise<Snapshot | null>;
  /** No turn of the message has left anything at a commit point, in this life or another. */
  readonly isUntouched: (message: Message) => boolean;
  /** One has, which may have begun a batch. */
  readonly touched: (message: Message) => void;
  /** The actor cannot have any state yet; true at most once. */
  readonly takeNew: (message: Message) => boolean;
  /** Monotonic ms before which what is delivered now must have begun; undefined: whenever. */
  readonly startBefore: () => number | undefined;
  /** The mail servers of a kind to which letters are dropped. */
  readonly dropsOf: (kind: AnyKind) => readonly string[];
  readonly send: (delivery: Delivery) => void;
  readonly commit: (entry: StoreEntry) => Promise<EntryResult>;
  /** The turn is no longer at the host. */
  readonly ended: (turn: number) => void;
  readonly landed: (address: string) => void;
  readonly mayGoOn: (address: string) => void;
  readonly mustStay: (address: string) => void;
  readonly handled: (address: string, handled: Run) => void;
  readonly over: (address: string, end: ActivationEnd) => void;
}

export function createTurns(options: TurnsOptions): Turns {
  const { clock, diagnostics, kindOf, suspects } = options;
  const byTurn = new Map<number, Activation>();
  const byAddress = new Map<string, Activation>();
  const leads: AllLeads = { bytes: 0 };
  let whenIdle: (() => void)[] = [];

  const ports: ActivationPorts = {
    composer: options.composer,
    settling: createSettling(options),
    settled(settlements) {
      for (const { flight: { message }, decision } of settlements) {
        suspects.clear(message.id);
        if (decision === null && kindOf(message.kind).spawns.length > 0) options.touched(message);
      }
      tellSettled(diagnostics, settlements);
    },
    ended({ turn, alone }) {
      byTurn.delete(turn);
      if (!alone) options.room.ended(1);
      options.ended(turn);
    },
    landed: ({ address }) => options.landed(address),
    mayGoOn: ({ address }) => options.mayGoOn(address),
    mustStay: ({ address }) => options.mustStay(address),
    handled: ({ address }, handled) => options.handled(address, handled),
    over(activation, end) {
      byAddress.delete(activation.address);
      options.over(activation.address, end);
      if (byAddress.size > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
    },
  };

  const flightOf = (turn: number): Flight | undefined => {
    const activation = byTurn.get(turn);
    return activation && flightAtHost(activation, turn);
  };

  /** Writes what a journal tells of a turn that is under way. */
  const record = async ({ tenant, kind }: Message, tell: (journal: Journal) => Entry): Promise<void> => {
    const { journal } = kindOf(kind);
    if (journal === null) return;
    const { rows, events } = tell(journal);
    if (rows.length + events.length === 0) return;
    const writes = rows.map((row) => ({ write: "row", row }) as const);
    await options.commit({ tenant, at: clock.now(), writes, events });
  };
  /** Of no consequence for the turn: when it is refused, the outcome tells all the same. */
  const ignore = () => {};

  const deliver = (activation: Activation, how: { kind: AnyKind; likelihood?: Likelihood | undefined }): void => {
    options.send(
      toDelivery(activation, { ...how, startBefore: options.startBefore(), drops: options.dropsOf(how.kind) }),
    );
  };

  const lost = (flight: Flight, { started, culprit, overdue, verdict }: LostTurn): void => {
    const { message } = flight;
    const activation = byTurn.get(flight.turn)!;
    if (culprit || flight.cancelWishedBy !== null) {
      const error = blameFor(verdict, kindOf(message.kind).timeoutMs);
      const now = clock.now();
      const ending = { end: "failed", error, ...(isCrash(verdict) ? { crashed: true as const } : {}) } as const;
      return activation.report({ turn: flight.turn, startedAt: flight.deliveredAt, finishedAt: now, ending });
    }
    const { tenant, kind, key, id: messageId, attempts } = message;
    const turn = { tenant, kind, key, messageId, attempt: attempts + 1 };
    if (started && verdict !== "retired") {
      suspects.add(messageId, overdue ? "likely" : "possible");
      diagnostics.tell({ event: "turn.suspected", ...turn, reason: verdict });
    }
    diagnostics.tell({ event: "turn.redelivered", ...turn, reason: verdict });
    activation.lose(flight.turn);
  };

  return {
    get size() {
      return byTurn.size;
    },
    deliver(run, { address, alone }) {
      const how = { deliveredAt: clock.now(), alone };
      const flights = run.map((message) =>
        createFlight(options.nextTurn(), message, { ...how, mayHaveBegun: !options.isUntouched(message) })
      );
      const first = run[0]!;
      const kind = kindOf(first.kind);
      const earlier = byAddress.get(address);
      const activation = earlier ?? createActivation({ address, flights, lead: new Lead(kind, leads) }, ports);
      for (const { turn } of flights) byTurn.set(turn, activation);
      if (earlier !== undefined) {
        earlier.extend(flights);
        return deliver(earlier, { kind });
      }
      byAddress.set(address, activation);
      const likelihood = alone ? suspects.of(first) : undefined;
      const mark = options.mark();
      const marked = mark === null ? null : markAll(flights, mark);
      if (marked === null && (options.takeNew(first) || kind.stateless)) {
        return deliver(activation, { kind, likelihood });
      }
      Promise.all([options.snapshot(activation.of), marked]).then(
        ([snapshot]) => {
          if (snapshot !== null) activation.lead.state = { text: snapshot.state, version: snapshot.stateVersion };
          deliver(activation, { kind, likelihood });
        },
        () => clock.after(PAUSE_AFTER_FAILED_READ_MS, () => flights.forEach(({ turn }) => activation.lose(turn))),
      );
    },
    report(outcome) {
      byTurn.get(outcome.turn)?.report(outcome);
    },
    started(turn, startedAt) {
      const flight = flightOf(turn);
      if (flight === undefined) return;
      const { message } = flight;
      const attempt = { number: message.attempts + 1, startedAt };
      record(message, (journal) => journal.started(message, attempt)).catch(ignore);
    },
    note(note) {
      const flight = flightOf(note.turn);
      if (flight === undefined) return;
      const { message } = flight;
      if ("line" in note) {
        keepLine(flight, note.line);
        const { tenant, kind, key, id: messageId, attempts } = message;
        const { level, message: line } = note.line;
        diagnostics.tell({ event: "turn.logged", tenant, kind, key, messageId, attempt: attempts + 1, level, line });
        return;
      }
      flight.progress = note.progress;
      if (clock.monotonic() - flight.progressWrittenAt < PROGRESS_EVERY_MS) return;
      flight.progressWrittenAt = clock.monotonic();
      flight.progress = null;
      record(message, (journal) => journal.progressed(message, note.progress)).catch(ignore);
    },
    lose(turn) {
      const flight = flightOf(turn.turn);
      if (flight !== undefined) lost(flight, turn);
    },
    wishCancelled(address, by, messageId) {
      const flight = byAddress.get(address)?.flights.find(({ atHost }) => atHost);
      if (flight === undefined || (messageId ?? flight.message.id) !== flight.message.id) return undefined;
      flight.cancelWishedBy ??= by;
      return flight;
    },
    activationOf: (turn) => byTurn.get(turn),
    idle() {
      return byAddress.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.push(resolve));
    },
  };
}

async function markAll(flights: readonly Flight[], mark: (message: Message) => Promise<void>): Promise<void> {
  for (const flight of flights) {
    flight.marked = true;
    await mark(flight.message);
  }
}
