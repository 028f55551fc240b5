import type { SerializedError } from "../core/errors.ts";
import type { Progress } from "./context.ts";
import type { Message } from "./message.ts";
import type { BatchEnded } from "./spawn.ts";
import type { SqlValue } from "./tables.ts";

/** A row operation on its way to the store; the tenant is bound there. */
export interface RowWrite {
  readonly tables: string;
  readonly write: string;
  readonly args: Readonly<Record<string, SqlValue>>;
}

/** An event before it has its number. `data` is JSON text. */
export interface EventDraft {
  readonly type: string;
  readonly subject: string;
  readonly data: string;
}

/** What a kind writes down about the life of its messages. */
export interface Entry {
  readonly rows: readonly RowWrite[];
  readonly events: readonly EventDraft[];
}

/** One attempt at a message. Instants are ms since the epoch. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  /** It hung, or took its worker or process down. */
  readonly crashed: boolean;
  /** What `ctx.log` wrote. */
  readonly lines: readonly LogLine[];
}

export interface LogLine {
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * How a kind records the life of its messages in its own tables and events. Each of its actors has one message, whose key
 * is the actor's. Pure: called by the server as it composes a commit, so what it returns is committed together with what
 * it tells of, or not at all.
 *
 * While a message is in the mailbox, its row there can be its record: rows that a journal returns are written before the
 * message leaves, so they may take from that row what it says.
 */
export interface Journal {
  /**
   * The message was accepted. `fresh`: its key was made up for it, so there can be no record yet; otherwise one that is
   * there must make the entry a `constraint`. `again`: a person asks for a new run of what has finished its run of this
   * number; a later run, or one that has not finished, must make the entry a `conflict`, so that of two who ask at once
   * one succeeds.
   */
  accepted(message: Message, how: { fresh: boolean; again: number | null }): Entry;
  /** The turn has lasted long enough to be worth telling. */
  started(message: Message, attempt: { number: number; startedAt: number }): Entry;
  progressed(message: Message, progress: Progress): Entry;
  /** `result` is JSON text. */
  succeeded(message: Message, attempt: Attempt, result: string): Entry;
  /** Failed, but it will be tried again at `readyAt`; `error` is null after a snooze. */
  retrying(message: Message, attempt: Attempt, next: { readyAt: number; error: SerializedError | null }): Entry;
  /** Given up. */
  failed(message: Message, attempt: Attempt, error: SerializedError): Entry;
  /** `attempt` is null when it had not started; `by` is who wished it. */
  cancelled(message: Message, attempt: Attempt | null, how: { at: number; by: string }): Entry;
}

/**
 * What an actor of a kind would write and tell when it hears that all of a batch have ended, where that follows from what it
 * hears: it is committed in the place of the message, which is a turn less. Null where it does not: then the message is
 * sent, as it is while somebody holds the kind's turns, so its handler does the same. For kinds whose actors have no other
 * message to do first, nor a state that changes with this one; its rows are such as nothing refuses. Pure, like a journal.
 */
export type Ending = (ended: BatchEnded, spawner: { readonly key: string; readonly at: number }) => Entry | null;

/**
 * Who gives a command, and the rows that tell of it: they are committed with its effect, so that there is the one exactly
 * if there is the other. A command that is refused, that repeats an `Idempotency-Key`, that a dedupe key holds or that
 * changes nothing leaves none.
 */
export interface Deed {
  /** A subject, or `system`. */
  readonly by: string;
  readonly rows: readonly RowWrite[];
}

/** Of what no person and no turn asks for. */
export const OWN_DEED: Deed = { by: "system", rows: [] };
