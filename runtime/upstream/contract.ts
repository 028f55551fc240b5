import type { FetchCall, Fetched } from "../actor/outcome.ts";

/**
 * How a request failed: a closed union, the metric label `errorClass`. `refused`: the address may not be reached; `limited`:
 * 429, or 503 with Retry-After; `invalid`: an answer that is no JSON though it should be, or too large.
 */
export type ErrorClass =
  | "none"
  | "timeout"
  | "connection"
  | "refused"
  | "limited"
  | "client-error"
  | "server-error"
  | "invalid"
  | "breaker-open"
  | "rate-limit"
  | "cancelled"
  | "internal";

/** Which calls share a breaker and a limit. `tenant` and `baseUrl` are null for an upstream that is declared with a base URL. */
export interface UpstreamKey {
  readonly upstream: string;
  readonly tenant: string | null;
  readonly baseUrl: string | null;
}

/** How an upstream is, as this node sees it; the limit is that of all nodes. */
export interface UpstreamSight extends UpstreamKey {
  readonly breaker: "closed" | "open" | "half-open";
  /** When an open breaker lets a probe through, ms since the epoch. */
  readonly openUntil: number | null;
  /** Requests that ended within the breaker's window. */
  readonly calls: number;
  /** Of these, from 0 to 1. */
  readonly errorRatio: number;
  /** Of these, in the mean; null without any. */
  readonly latencyMs: number | null;
  readonly lastErrorClass: ErrorClass;
  /** Requests that may begin at once; null without a limit. */
  readonly remaining: number | null;
  /** No request before, as the other side asked; ms since the epoch. */
  readonly waitUntil: number | null;
  /** When the next request may begin by limit and wait, ms since the epoch; null: at once. */
  readonly availableAt: number | null;
}

/** The calls of all turns of a node, guarded: by the limits and the breaker of their upstream, and made again where that may help. */
export interface UpstreamClient {
  /** @throws {RuntimeError} as `ctx.fetch`; the signal's reason when it aborts */
  fetch(call: FetchCall, from: { readonly tenant: string; readonly signal: AbortSignal }): Promise<Fetched>;
  /** Of declared base URLs: each that a kind names, in the order of their names. */
  sights(): readonly UpstreamSight[];
  /** Of a base URL that a user gave; null when it was not called lately. */
  sightOf(key: UpstreamKey): UpstreamSight | null;
  /** Of a declared base URL, with what other nodes and earlier lives have written by now. @throws what the store throws */
  look(upstream: string): Promise<UpstreamSight | null>;
  stop(): Promise<void>;
}

/** Where limits are kept: one text for each key, over restarts, for all nodes. Instants are on the store's clock. */
export interface LimitStore {
  /** Whether other nodes write, too. */
  readonly isShared: boolean;
  read(key: string): Promise<LimitState | null>;
  /**
   * Durable when it resolves. False: it has not the version before by now, and nothing was written; 0 is the version of
   * what is not there. From `idleAt` on the state says nothing, and may be removed.
   */
  write(key: string, next: LimitState & { readonly idleAt: number }): Promise<boolean>;
}

export interface LimitState {
  readonly state: string;
  /** Counts its changes. */
  readonly version: number;
}
