import { type Address, checkAddress } from "../actor/address.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Attempt, Entry, EventDraft } from "../actor/journal.ts";
import { type Message, refOf } from "../actor/message.ts";
import type { Outcome } from "../actor/outcome.ts";
import { batchIdOf } from "../actor/spawn.ts";
import { versionOf } from "../actor/schema.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { StoreEntry, Write } from "../store/contract.ts";
import { decide, type Decision, isCrash } from "../supervision/decide.ts";
import { verdictOf } from "../supervision/verdict.ts";
import { batchWritesOf, begunBy, type MessageEnd } from "./batch_writes.ts";
import { type Commands, NOTHING } from "./commands.ts";
import type { Flight } from "./flight.ts";

/** One outcome of an actor and what was decided of it; null at a commit point. */
export interface Settlement {
  readonly flight: Flight;
  readonly outcome: Outcome;
  readonly decision: Decision | null;
}

export interface Addition {
  readonly writes: readonly Write[];
  readonly events: readonly EventDraft[];
}

export interface Composer {
  settle(flight: Flight, outcome: Outcome): Settlement;
  /** What the outcomes of one actor, in order, commit together; `more` is what its supervision adds. */
  compose(settlements: readonly Settlement[], more: Addition): StoreEntry;
  /** Gives the message up without asking its kind's journal, when that is what the store refuses. */
  bury(settlement: Settlement): StoreEntry;
}

export function createComposer(
  { kindOf, commands, random, now }: {
    kindOf: (kind: string) => AnyKind;
    commands: Commands;
    random: Random;
    now: () => number;
  },
): Composer {
  const addChanges = (
    { flight: { message }, outcome: { changes }, decision }: Settlement,
    { writes, events }: { writes: Write[]; events: EventDraft[] },
  ): void => {
    if (changes === undefined) return;
    for (const row of changes.rows) writes.push({ write: "row", row });
    for (const send of changes.sends) writes.push(commands.fromTurn(send, { by: message, now: now() }));
    for (const child of changes.spawned ?? []) writes.push(adopted(child, message));
    for (const [name, spawned] of Map.groupBy(changes.children ?? [], ({ name }) => name)) {
      const at = now();
      writes.push(begunBy(message, spawned, { at, sealed: decision !== null }));
      const batch = batchIdOf(message.id, name);
      for (const some of spawned) writes.push(...commands.children(some, { by: message, now: at, batch }));
    }
    events.push(...changes.events);
  };
  return {
    settle(flight, outcome) {
      const { ending } = outcome;
      if (ending.end === "commit-point" || ending.end === "returned") return { flight, outcome, decision: null };
      const policy = kindOf(flight.message.kind).retry;
      const cancelWished = flight.cancelWishedBy !== null;
      return {
        flight,
        outcome,
        decision: decide(flight.message, ending, { policy, now: now(), random, cancelWished }),
      };
    },
    compose(settlements, more) {
      const { tenant, kind: kindName } = settlements[0]!.flight.message;
      const kind = kindOf(kindName);
      const at = now();
      const writes: Write[] = [];
      const events: EventDraft[] = [];
      for (const settlement of settlements) {
        const { flight, decision } = settlement;
        const { message } = flight;
        addChanges(settlement, { writes, events });
        add(progressed(kind, settlement.flight), writes, events);
        if (decision === null) {
          flight.mayHaveBegun = true;
          if (settlement.flight.marked) writes.push({ write: "unmark", ref: refOf(message) });
          continue;
        }
        add(journaled(kind, settlement), writes, events);
        const end = endOf(decision);
        if (end !== null) writes.push(...batchWritesOf(message, kind, { end, mayHaveBegun: flight.mayHaveBegun }));
        writes.push(mailboxWrite(message, decision, at, kind.journal !== null));
        if (kind.journal === null && decision.decision === "give-up") events.push(deadLettered(message, decision));
      }
      const snapshot = lastSnapshot(settlements, kind);
      if (snapshot !== null) writes.push(snapshot);
      writes.push(...more.writes);
      events.push(...more.events);
      return { tenant, at, writes, events };
    },
    bury({ flight, decision }) {
      const { message } = flight;
      const at = now();
      const error = decision !== null && "error" in decision
        ? decision.error
        : { code: "constraint", message: "The store refused what the turn asked to commit", retryable: false } as const;
      return {
        tenant: message.tenant,
        at,
        writes: [...batchWritesOf(message, kindOf(message.kind), { end: { how: "failed", error } }), {
          write: "bury",
          ref: refOf(message),
          attempts: message.attempts + 1,
          crashes: message.crashes,
          error,
          at,
        }],
      };
    },
  };
}

export function attemptOf({ flight, outcome }: Settlement): Attempt {
  return {
    number: flight.message.attempts + 1,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    crashed: isCrash(outcome.ending),
    lines: flight.lines,
  };
}

/** Of several states of one actor only the last is written; of one that lives for its message, none after that. */
function lastSnapshot(settlements: readonly Settlement[], kind: AnyKind): Write | null {
  const { tenant, kind: name, key } = settlements[0]!.flight.message;
  const address = { tenant, kind: name, key };
  if (holdsStateOfOne(kind) && hasEnded(settlements.at(-1)!)) return { write: "forget", address };
  const last = settlements.findLast(({ outcome: { changes } }) => changes?.stopped || changes?.state !== undefined);
  if (last === undefined) return null;
  const { stopped, state } = last.outcome.changes!;
  if (stopped) return { write: "forget", address };
  return { write: "snapshot", address, state: state!, stateVersion: versionOf(kind.upgrade.state) };
}

/** A kind with a journal, whose state is the cursor of its one message. */
export function holdsStateOfOne({ journal, stateless }: AnyKind): boolean {
  return journal !== null && !stateless;
}

function hasEnded({ decision }: Settlement): boolean {
  return decision !== null && decision.decision !== "retry" && decision.decision !== "snooze";
}

/** The turn checked it too, but the word of a worker is not enough. @throws {RuntimeError} `invalid-message` */
function adopted(child: Address, { tenant, kind, key }: Message): Write {
  checkAddress(child);
  if (child.tenant !== tenant) {
    throw new RuntimeError("invalid-message", `A child of ${tenant} is an actor of ${tenant}`);
  }
  return { write: "adopt", child, parent: { tenant, kind, key } };
}

/** A kind with a journal is its own record of what was given up; the mail of the others goes to the dead letters. */
function mailboxWrite(message: Message, decision: Decision, at: number, recorded: boolean): Write {
  switch (decision.decision) {
    case "retry": {
      const { readyAt, attempts, crashes, error } = decision;
      return { write: "postpone", ref: refOf(message), readyAt, attempts, crashes, lastError: error };
    }
    case "snooze": {
      const { attempts, crashes } = message;
      return { write: "postpone", ref: refOf(message), readyAt: decision.readyAt, attempts, crashes, lastError: null };
    }
    case "give-up": {
      const { attempts, crashes, error } = decision;
      return recorded
        ? { write: "remove", ref: refOf(message), recorded: true }
        : { write: "bury", ref: refOf(message), attempts, crashes, error, at };
    }
    case "handled":
    case "cancel":
      return { write: "remove", ref: refOf(message), ...(recorded ? { recorded } : {}) };
  }
}

/** Null while the message stays. */
function endOf(decision: Decision): MessageEnd | null {
  switch (decision.decision) {
    case "handled":
      return { how: "succeeded" };
    case "cancel":
      return { how: "cancelled" };
    case "give-up":
      return { how: "failed", error: decision.error };
    default:
      return null;
  }
}

/** People see the mail of kinds without a journal only when it is given up. */
function deadLettered(
  { id, kind, key, name }: Message,
  { attempts, error }: Decision & { decision: "give-up" },
): EventDraft {
  const data = { id, kind, key, name, attempts, code: error.code, verdict: verdictOf(error) };
  return { type: "message.dead-lettered", subject: `${kind}/${key}`, data: JSON.stringify(data) };
}

function journaled({ journal }: AnyKind, settlement: Settlement): Entry {
  const { flight: { message, cancelWishedBy }, outcome, decision } = settlement;
  if (journal === null || decision === null) return NOTHING;
  const attempt = attemptOf(settlement);
  switch (decision.decision) {
    case "handled":
      return journal.succeeded(message, attempt, decision.result);
    case "retry":
      return journal.retrying(message, attempt, decision);
    case "snooze":
      return journal.retrying(message, attempt, { readyAt: decision.readyAt, error: null });
    case "give-up":
      return journal.failed(message, attempt, decision.error);
    case "cancel":
      return journal.cancelled(message, attempt, { at: outcome.finishedAt, by: cancelWishedBy ?? "system" });
  }
}

function progressed({ journal }: AnyKind, flight: Flight): Entry {
  if (journal === null || flight.progress === null) return NOTHING;
  const entry = journal.progressed(flight.message, flight.progress);
  flight.progress = null;
  return entry;
}

function add(entry: Entry, writes: Write[], events: EventDraft[]): void {
  for (const row of entry.rows) writes.push({ write: "row", row });
  if (entry.events.length > 0) events.push(...entry.events);
}
