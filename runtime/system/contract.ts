import type { Address } from "../actor/address.ts";
import type { Deed, Entry, EventDraft } from "../actor/journal.ts";
import type { MessageSchemas, PayloadOf, QueryArgs, QueryResult, Ref } from "../actor/ref.ts";
import type { TellOptions } from "../actor/message.ts";
import type { Registry } from "../actor/registry.ts";
import type { BoundQuery } from "../actor/tables.ts";
import type { Batches, SpawnedBatch } from "../batch/contract.ts";
import type { Standing } from "../cluster/contract.ts";
import type { Feed } from "../events/feed.ts";
import type { CommitWatcher } from "../events/publishing_store.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Schedules } from "../schedule/contract.ts";
import type { Parked } from "../store/contract.ts";
import type { Tenants } from "../tenant/contract.ts";
import type { Subscriptions } from "../subscription/contract.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import type { Control, DeadLetters, Nodes } from "./control_contract.ts";

export type { Deed } from "../actor/journal.ts";
export type { Batches, SpawnedBatch } from "../batch/contract.ts";
export type { Control, DeadLetters, Nodes } from "./control_contract.ts";

/** A node of Mailroom: takes messages in, runs turns, tells what happened. What gives no deed is the system's own. */
export interface System {
  readonly registry: Registry;
  readonly diagnostics: Diagnostics;
  readonly feed: Feed;
  readonly blobs: Blobs;
  readonly control: Control;
  readonly deadLetters: DeadLetters;
  readonly batches: Batches;
  readonly nodes: Nodes;
  readonly schedules: Schedules;
  readonly tenants: Tenants;
  readonly subscriptions: Subscriptions;
  readonly upstreams: Pick<UpstreamClient, "sights" | "sightOf" | "look">;
  /**
   * Resolves when turns can run; rejects, too, when it is stopped meanwhile.
   * @throws {RuntimeError} when the store or the host cannot be opened
   */
  start(): Promise<void>;
  /**
   * No new turns; those that run get the grace to finish, what did not is handed back and costs no attempt; what was
   * reported is committed; then store and host close. Whenever it is called, before and while it starts too. A second call
   * waits for the first and cuts its grace to its own.
   */
  stop(options?: StopOptions): Promise<void>;
  /**
   * Looks now for what is due, whoever sent it, and resolves when this node has had nothing to do for two seconds, or when
   * the signal aborts. For platforms that stop a process which nobody calls; elsewhere a node wakes by itself.
   */
  wake(signal?: AbortSignal): Promise<void>;
  health(): Health;
  /**
   * Resolves when the message is on disk.
   * @throws {InvalidError} `invalid-message`; {RuntimeError} `unknown-kind`, `unknown-message`, `too-large`,
   * `mailbox-full`, `overloaded`, `storage-unavailable`, `stopping`
   */
  tell<M extends MessageSchemas, N extends keyof M & string>(
    to: Ref<M>,
    message: N,
    payload: PayloadOf<M, N>,
    options?: CommandOptions,
  ): Promise<Told>;
  /** Like `tell` for several messages in one commit: all are accepted or none. Answers in order. */
  tellAll(
    commands: readonly Command[],
    options?: Pick<CommandOptions, "deed" | "idempotency"> & {
      /** They are the children of a new batch, of this id and name; those that a dedupe key holds are not. */
      readonly batch?: { readonly id: string; readonly name: string };
      /** Each begins with them; they may be all that there is. Against the tenant's limit each counts as one message. */
      readonly spawned?: readonly SpawnedBatch[];
      /** What tells of them, committed with them. */
      readonly events?: readonly EventDraft[];
    },
  ): Promise<readonly Told[]>;
  /** Asks for committed state; an actor that has none yet answers from the initial state. */
  ask<Q, N extends keyof Q & string>(
    to: Ref<MessageSchemas, Q>,
    query: N,
    args?: QueryArgs<Q, N>,
  ): Promise<QueryResult<Q, N>>;
  /**
   * Cancels the actor's first message: one that waits is removed before this resolves; of one that runs the signal is
   * aborted, its own outcome decides and no retry follows.
   * @throws {RuntimeError} `not-found` when there is no message
   */
  cancel(address: Address, deed?: Deed): Promise<"cancelled" | "cancelling">;
  /** What is committed of an actor; null when it has neither state nor mail. */
  inspect(address: Address): Promise<Inspection | null>;
  /** Whether a message of it is at the host. */
  isRunning(address: Address): boolean;
  /**
   * Commits an act, whole or not at all.
   * @throws {RuntimeError} `conflict` when a row that must change does not; `constraint`, `storage-unavailable`,
   * `overloaded`, `stopping`
   */
  write(tenant: string, act: Act, deed?: Deed): Promise<void>;
  /** Runs a declared query of a kind's own tables on the read worker: lists, reports, exports. */
  query<A extends object, R>(tenant: string, query: BoundQuery<A, R>, args: A): Promise<R>;
  /** The same on the main thread: for one row by its key. */
  point<A extends object, R>(tenant: string, query: BoundQuery<A, R>, args: A): Promise<R>;
  /**
   * Tells of each commit that may change what is read, when reads see it and before whoever asked for it is answered. The
   * answer ends the telling.
   */
  watchCommits(watcher: CommitWatcher): () => void;
  /**
   * Tells of each commit that has written rows of the tables of this name, as soon as reads see them and before whoever asked
   * for it is answered. Of other nodes' commits, when they hint that they have told something of the tenant, whatever it
   * was, and of any (null) every 5 s. The answer ends the telling.
   */
  watchRows(tables: string, watcher: CommitWatcher): () => void;
  readonly keptRows: KeptRows;
  /** A fresh ULID. */
  createId(): string;
  now(): number;
}

/** Rows that are kept in memory over commits: API keys and sessions. On a store of this node's own there is nothing to tell. */
export interface KeptRows {
  /** This node has changed some of the tenant: other nodes hear of it soon. */
  changed(tenant: string): void;
  /**
   * Tells that other nodes may have changed some: of a tenant when they say so, of any (null) when they may have failed to,
   * every 5 s. The answer ends the telling.
   */
  watch(watcher: CommitWatcher): () => void;
}

export interface StopOptions {
  /** For turns that run; 10,000 by default. */
  readonly graceMs?: number;
  /** When turns have ended and are written, and before the store closes: for answers on their way that read it. */
  readonly beforeClose?: () => Promise<void>;
}

/** What a person does to rows of a kind's own tables, the events that tell of it, and what goes with the rows. */
export interface Act extends Pick<Entry, "rows">, Partial<Pick<Entry, "events">> {
  /** Ids of blobs that are not needed any more. */
  readonly blobs?: readonly string[];
  /** Those whose state is not needed any more. */
  readonly actors?: readonly Omit<Address, "tenant">[];
}

/**
 * `starting` and `stopping` take no commands; `unavailable`: the storage refuses writes and heals by itself; `draining`:
 * somebody wants the node to take no more turns.
 */
export interface Health {
  readonly status: "starting" | "ready" | "unavailable" | "draining" | "stopping" | "stopped";
  readonly pending: number;
  readonly running: number;
  readonly queuedCommits: number;
  readonly storage: "ok" | "unavailable";
  /** Actors that wait here for their turn. */
  readonly waiting: number;
  readonly standing: Standing | null;
}

export interface CommandOptions extends TellOptions {
  readonly deed?: Deed;
  readonly idempotency?: Idempotency;
  /** A person asks for a new run of what has finished its run of this number; the kind's journal decides whether it may be. */
  readonly again?: number;
  /** The batch that its end is counted in; `was`: how it had ended there before, for a new run. */
  readonly batch?: { readonly id: string; readonly was?: "succeeded" | "failed" | "cancelled" };
  /** The sender has just made up the key, so nobody else can have written there. */
  readonly fresh?: boolean;
  /** From `createId`, by a sender that must know it before the answer. */
  readonly messageId?: string;
  /** When the sender took the command in, in ms since the epoch; now by default. */
  readonly at?: number;
}

export interface Command extends Omit<CommandOptions, "deed" | "idempotency"> {
  readonly to: Address;
  readonly message: string;
  readonly payload: unknown;
}

/** An `Idempotency-Key`: a repeat with the same print is answered as the first was. */
export interface Idempotency {
  readonly scope: string;
  readonly key: string;
  /** A hash of the request. */
  readonly print: string;
  /** What a repeat is answered; text. */
  readonly answer: string;
}

export type Told =
  | { readonly accepted: true; readonly messageId: string }
  /** `answer` is what the first was given. */
  | { readonly accepted: false; readonly by: "idempotency"; readonly answer: string }
  /** `key` is that of the actor whose unhandled message bears the dedupe key. */
  | { readonly accepted: false; readonly by: "dedupe"; readonly key: string };

export interface Inspection {
  /** As the current program reads it; null for a kind that keeps none. */
  readonly state: unknown;
  /** How often the state has changed. */
  readonly version: number;
  readonly updatedAt: number | null;
  readonly mailboxDepth: number;
  readonly running: boolean;
  readonly parked: Parked | null;
}

/**
 * Bytes kept in the store in chunks: large inputs and outputs. What is staged belongs to nobody until a command that names
 * it is committed, so the deed is that command's.
 */
export interface Blobs {
  /** Takes the stream in as it comes; durable when it resolves. @throws {RuntimeError} `too-large`, `storage-unavailable` */
  stage(tenant: string, bytes: ReadableStream<Uint8Array>, options: { limitBytes: number }): Promise<StagedBlob>;
  /** Null when there is no such blob of this tenant. */
  read(tenant: string, id: string): Promise<ReadableStream<Uint8Array> | null>;
  drop(tenant: string, id: string): Promise<void>;
}

export interface StagedBlob {
  readonly id: string;
  readonly sizeBytes: number;
}
