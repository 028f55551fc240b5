import type { z } from "zod";
import type { Random } from "../core/random.ts";
import type { Address } from "./address.ts";
import type { TellOptions } from "./message.ts";
import type { Decision } from "./decision.ts";
import type { MessageSchemas, PayloadOf, QueryArgs, QueryResult, Ref } from "./ref.ts";
import type { SpawnableKind, SpawnOptions } from "./spawn.ts";
import type { BoundQuery, BoundWrite } from "./tables.ts";
import type { Upstream } from "./upstream.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Lines kept with the attempt (at most 200 of 1,000 characters) and shown live; lost with a turn that is fenced. */
export type TurnLog = Readonly<Record<LogLevel, (message: string, fields?: Readonly<Record<string, unknown>>) => void>>;

/** How far a turn is; shown live, at most four times a second. */
export interface Progress {
  readonly done: number;
  readonly total?: number;
  readonly note?: string;
}

/** Bytes kept in the store, in chunks; written by the one who submits, read by the turn. */
export interface TurnBlobs {
  /** The chunks of a blob of this tenant from byte `fromByte` on. @throws {RuntimeError} `not-found` */
  read(id: string, options?: { fromByte?: number }): AsyncIterable<Uint8Array>;
}

/** How an outside address is called; `GET` without a body by default. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For this call, if shorter than the bound it has anyway. */
  readonly timeoutMs?: number;
  /** `manual`: a redirect is the answer. `follow` by default. */
  readonly redirect?: "follow" | "manual";
  /** Of an upstream that is declared without one; leads only where user-given addresses may. */
  readonly baseUrl?: string;
  /** Whether the call may be made again; by default GET, HEAD, PUT, DELETE, and what has an `Idempotency-Key`. */
  readonly idempotent?: boolean;
}

/** How an address that a user gave is called. */
export interface UserFetchInit extends FetchInit {
  /**
   * Signs the call with WEBHOOK_SECRET, which no handler ever sees, as the webhook of this id.
   * @see Standard Webhooks 1.0.0, "Signature scheme"
   */
  readonly webhookId?: string;
}

/** The whole answer of an outside address, of any status; its body is text of at most 1 MiB. */
export interface FetchAnswer {
  readonly status: number;
  /** A status of 200-299. */
  readonly ok: boolean;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** @throws {RuntimeError} `upstream-failed` when the body is not JSON or does not fit the schema */
  json<T = unknown>(schema?: z.ZodType<T>): T;
}

/**
 * What a handler can do besides changing its state. Sends, events and writes are kept until the turn ends (or its next
 * commit point) and are committed with its state, whole or not at all.
 */
export interface Context {
  readonly self: Address;
  readonly tenant: string;
  /** Who gave the command. */
  readonly by: string;
  readonly messageId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly random: Random;
  /** Aborts at the deadline, on cancel and on a hard stop; its reason says which. */
  readonly signal: AbortSignal;
  readonly log: TurnLog;
  readonly blob: TurnBlobs;
  /** Ms since the epoch. */
  now(): number;
  /** Sends a message after this turn's commit; messages of one turn to one actor keep their order. */
  tell<M extends MessageSchemas, N extends keyof M & string>(
    to: Ref<M>,
    message: N,
    payload: PayloadOf<M, N>,
    options?: TellOptions,
  ): void;
  /** Asks for another actor's committed state; waits until this actor's earlier turns are durable. */
  ask<Q, N extends keyof Q & string>(
    to: Ref<MessageSchemas, Q>,
    query: N,
    args?: QueryArgs<Q, N>,
  ): Promise<QueryResult<Q, N>>;
  /** Adds an event to the tenant's log; `subject` is `kind/key` of this actor unless given. */
  emit(type: string, data: unknown, options?: { subject?: string }): void;
  /** Writes a row of the kind's own tables with this turn's commit. */
  write<A extends object>(write: BoundWrite<A>, args: A): void;
  /** Reads committed rows of own tables; this turn's writes are not among them. */
  query<A extends object, R>(query: BoundQuery<A, R>, args: A): Promise<R>;
  progress(progress: Progress): void;
  /** A key for an outside effect: the same on every redelivery and automatic retry of this message. */
  effectKey(name: string): string;
  /** `return ctx.snooze(ms)`: try this message again later, at the cost of no attempt. */
  snooze(delayMs: number): Decision;
  /**
   * Calls an upstream that the kind names. Resolves for every status; a stream of redirects is followed within the
   * upstream. Not part of any commit: give the other side {@linkcode effectKey} where it can tell repeats by it.
   * Idempotent calls are made again after failures, 429 and 5xx, as the upstream is declared, while its times allow.
   * @throws {RuntimeError} `upstream-failed` (no answer in time, or too large), `upstream-limited` and
   * `upstream-unavailable` (no call was made: a turn that lets these pass is snoozed until one can be), `not-permitted`,
   * `address-refused`, `invalid-config` when a variable is missing that the upstream is declared with
   */
  fetch(upstream: Upstream, path: string, init?: FetchInit): Promise<FetchAnswer>;
  /**
   * The same, for a JSON answer of status 200-299 that fits the schema.
   * @throws {RuntimeError} `upstream-failed` for any other, too
   */
  fetch<T>(upstream: Upstream, path: string, schema: z.ZodType<T>, init?: FetchInit): Promise<T>;
  /**
   * Calls an address that a user gave, in kinds with `userAddresses`; private, loopback, link-local and metadata
   * addresses are refused, by whatever name or redirect they come, except those that EGRESS_ALLOW names.
   * @throws {RuntimeError} as {@linkcode fetch}; `invalid-config` when it is to be signed and there is no WEBHOOK_SECRET
   */
  fetchUrl(url: string, init?: UserFetchInit): Promise<FetchAnswer>;
  /**
   * Supervises the actor from this turn's commit on: it is this actor's child, after those spawned before. One that has
   * a parent already keeps it.
   */
  spawn(child: Address): void;
  /**
   * Begins the batch of this name, or goes on with it: a child of its own for each payload, that is a job of the kind or an
   * actor with one message, of a kind that this one declares in `spawns`. They come to be with this turn's commit, each at
   * most once, and their ends are counted; when the message has been handled, no more come. At most 1,000 children can be
   * spawned at once: for more, `yield` in between, with a cursor in the state. Answers the batch's id, the same on every
   * redelivery of the message.
   * @throws {TypeError} when a kind, name or callback is not declared; {RuntimeError} `invalid-message`, `too-large`
   */
  spawn<M extends MessageSchemas>(
    kind: SpawnableKind<M>,
    payloads: readonly PayloadOf<M, keyof M>[],
    options?: SpawnOptions,
  ): string;
  /** Ends the actor with this turn: its state is removed; a later message finds the initial one. */
  stop(): void;
}
