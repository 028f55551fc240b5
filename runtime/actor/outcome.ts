import type { SerializedError } from "../core/errors.ts";
import type { Address } from "./address.ts";
import type { Progress } from "./context.ts";
import type { EventDraft, LogLine, RowWrite } from "./journal.ts";
import type { TellOptions } from "./message.ts";
import type { Spawned } from "./spawn.ts";

/** One message on its way to a host; `turn` names this delivery of it and is never used again. */
export interface Envelope {
  readonly turn: number;
  readonly messageId: string;
  readonly name: string;
  readonly version: number;
  /** JSON text. */
  readonly payload: string;
  readonly by: string;
  readonly attempt: number;
  /** From the start of the handler, and anew from each commit point. */
  readonly timeoutMs: number;
  /** For the whole attempt; 0 when there is no such bound. */
  readonly attemptMs: number;
}

/** How likely a message is to have taken its process down. */
export type Likelihood = "likely" | "possible";

/** Messages of one actor, in mailbox order, with the committed state that the first of them finds. */
export interface Delivery extends Address {
  /** JSON text; null for an actor that has none yet. */
  readonly state: string | null;
  readonly stateVersion: number;
  /** A suspect: nothing else may run in its process. A likely one goes before those that are merely possible. */
  readonly alone?: Likelihood;
  /** Monotonic ms of the server: a turn that has not begun by then is returned, as its node may own the actor no more. */
  readonly startBefore?: number;
  /** Mail servers that its turns answer for themselves, as letters to them go nowhere. */
  readonly drops?: readonly string[];
  readonly envelopes: readonly Envelope[];
}

/** A read-only question about one actor's committed state. `turn` is drawn from the same numbers as an envelope's. */
export interface Question extends Address {
  readonly turn: number;
  readonly state: string | null;
  readonly stateVersion: number;
  readonly query: string;
  /** JSON text. */
  readonly args: string;
  readonly timeoutMs: number;
}

/** A message that a turn asks to send. */
export interface Send extends Address {
  readonly name: string;
  /** JSON text, checked against the receiver's schema. */
  readonly payload: string;
  readonly options: TellOptions;
}

/** What a turn asks to commit. */
export interface Changes {
  /** JSON text; absent when the state did not change. */
  readonly state?: string;
  /** The actor ends: its state is removed. */
  readonly stopped?: true;
  readonly rows: readonly RowWrite[];
  readonly sends: readonly Send[];
  readonly events: readonly EventDraft[];
  /** Actors that this one supervises from now on, in order. */
  readonly spawned?: readonly Address[];
  /** Children in batches of the message, in order. */
  readonly children?: readonly Spawned[];
}

/** How a turn, or a stretch of it up to a commit point, ended. */
export type Ending =
  | { readonly end: "done"; readonly result: string } // JSON text
  | { readonly end: "commit-point" }
  | { readonly end: "snoozed"; readonly delayMs: number }
  /**
   * `abandoned`: the handler is still running although its deadline and its grace are over. `crashed`: it took its worker
   * or process down.
   */
  | { readonly end: "failed"; readonly error: SerializedError; readonly abandoned?: true; readonly crashed?: true }
  /** Not started: an earlier turn of the same delivery did not succeed, or it was too late to begin. */
  | { readonly end: "returned" };

/** What a host reports of a turn. A question's outcome is `done` or `failed`. Instants are ms since the epoch. */
export interface Outcome {
  readonly turn: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly ending: Ending;
  readonly changes?: Changes;
}

/** What a running turn tells at once, outside of any commit. */
export type LiveNote =
  | { readonly turn: number; readonly line: LogLine }
  | { readonly turn: number; readonly progress: Progress };

/** A request to the outside. `upstream` null: an address that a user gave, then `url` is absolute, else below its base. */
export interface FetchCall {
  readonly upstream: string | null;
  readonly url: string;
  /** Of an upstream that is declared without one; null otherwise. */
  readonly baseUrl: string | null;
  /** It may be made again. */
  readonly idempotent: boolean;
  /** An answer of status 200-299 that cannot be JSON is none. */
  readonly expects: "json" | "anything";
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** For this call, if shorter than the upstream's own. */
  readonly timeoutMs: number | null;
  readonly redirect: "follow" | "manual";
  /** To be signed as the webhook of this id. */
  readonly webhookId: string | null;
}

/** The answer to a {@linkcode FetchCall}, of whatever status. */
export interface Fetched {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What a running turn needs from the server. `request` is unique at its host. */
export type TurnRequest =
  & { readonly turn: number; readonly request: number }
  & (
    | { readonly want: "query"; readonly tables: string; readonly query: string; readonly args: string }
    | { readonly want: "ask"; readonly to: Address; readonly query: string; readonly args: string }
    | { readonly want: "blob"; readonly id: string; readonly fromByte: number }
    | { readonly want: "commit-point" }
    | { readonly want: "fetch"; readonly call: FetchCall }
  );

/** `value` is JSON text, that of a blob base64 of a chunk (an empty one means its end); of a fetch see `fetchedText`. */
export type TurnAnswer =
  | { readonly request: number; readonly value: string }
  | { readonly request: number; readonly error: SerializedError };
