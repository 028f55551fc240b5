import type { AnyKind } from "../actor/kind.ts";
import type { Attempt, Entry, EventDraft } from "../actor/journal.ts";
import { type Message, refOf } from "../actor/message.ts";
import type { Outcome } from "../actor/outcome.ts";
import { versionOf } from "../actor/schema.ts";
import type { Random } from "../core/random.ts";
import type { StoreEntry, Write } from "../store/contract.ts";
import { decide, type Decision } from "../supervision/decide.ts";
import { type Commands, NOTHING } from "./commands.ts";
import type { Flight } from "./flight.ts";

/** One outcome of an actor and what was decided of it; null at a commit point. */
export interface Settlement {
  readonly flight: Flight;
  readonly outcome: Outcome;
  readonly decision: Decision | null;
}

export interface Composer {
  settle(flight: Flight, outcome: Outcome): Settlement;
  /** What the outcomes of one actor, in order, commit together. */
  compose(settlements: readonly Settlement[]): StoreEntry;
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
  return {
    settle(flight, outcome) {
      const { ending } = outcome;
      if (ending.end === "commit-point" || ending.end === "returned") return { flight, outcome, decision: null };
      const policy = kindOf(flight.message.kind).retry;
      const { cancelWished } = flight;
      return {
        flight,
        outcome,
        decision: decide(flight.message, ending, { policy, now: now(), random, cancelWished }),
      };
    },
    compose(settlements) {
      const { tenant, kind: kindName, key } = settlements[0]!.flight.message;
      const kind = kindOf(kindName);
      const at = now();
      const writes: Write[] = [];
      const events: EventDraft[] = [];
      let snapshot: Write | null = null;
      for (const settlement of settlements) {
        const { flight, outcome, decision } = settlement;
        const { changes } = outcome;
        if (changes?.stopped) snapshot = { write: "forget", address: { tenant, kind: kindName, key } };
        else if (changes?.state !== undefined) {
          const stateVersion = versionOf(kind.upgrade.state);
          snapshot = {
            write: "snapshot",
            address: { tenant, kind: kindName, key },
            state: changes.state,
            stateVersion,
          };
        }
        for (const row of changes?.rows ?? []) writes.push({ write: "row", row });
        for (const send of changes?.sends ?? []) writes.push(commands.fromTurn(send, { by: flight.message, now: at }));
        if (changes !== undefined) events.push(...changes.events);
        add(progressed(kind, flight), writes, events);
        if (decision === null) continue;
        writes.push(mailboxWrite(flight.message, decision, at, kind.journal !== null));
        add(journaled(kind, settlement), writes, events);
      }
      if (snapshot !== null) writes.push(snapshot);
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
        writes: [{ write: "bury", ref: refOf(message), attempts: message.attempts + 1, error, at }],
      };
    },
  };
}

export function attemptOf({ flight, outcome }: Settlement): Attempt {
  return {
    number: flight.message.attempts + 1,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    lines: flight.lines,
  };
}

/** A kind with a journal is its own record of what was given up; the mail of the others goes to the dead letters. */
function mailboxWrite(message: Message, decision: Decision, at: number, hasJournal: boolean): Write {
  switch (decision.decision) {
    case "retry":
    case "snooze": {
      const error = decision.decision === "retry" ? decision.error : null;
      const attempts = decision.decision === "retry" ? decision.attempts : message.attempts;
      return { write: "postpone", ref: refOf(message), readyAt: decision.readyAt, attempts, lastError: error };
    }
    case "give-up":
      return hasJournal
        ? { write: "remove", ref: refOf(message) }
        : { write: "bury", ref: refOf(message), attempts: decision.attempts, error: decision.error, at };
    case "handled":
    case "cancel":
      return { write: "remove", ref: refOf(message) };
  }
}

function journaled({ journal }: AnyKind, settlement: Settlement): Entry {
  const { flight: { message }, outcome, decision } = settlement;
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
      return journal.cancelled(message, attempt, outcome.finishedAt);
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
