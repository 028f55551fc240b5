import type { z } from "zod";
import type { Context } from "./context.ts";
import type { Ending, Journal } from "./journal.ts";
import type { MessageSchemas, Ref } from "./ref.ts";
import type { KindSchedule } from "./schedule.ts";
import type { RetryPolicy } from "./retry_policy.ts";
import type { Upgrade } from "./schema.ts";
import type { SpawnableKind } from "./spawn.ts";
import type { Tables } from "./tables.ts";
import type { Upstream } from "./upstream.ts";

export type Queries<S> = Readonly<Record<string, (state: S, args: never) => unknown>>;

export type HandlerResult =
  | unknown
  | Promise<unknown>
  | Generator<void, unknown, void>
  | AsyncGenerator<void, unknown, void>;

/** Handles one message; may mutate `state`: a throw rolls it back. In a generator each `yield` is a commit point. */
export type Handler<S, P> = (state: S, payload: P, context: Context) => HandlerResult;

export type Handlers<S, M extends MessageSchemas> = { readonly [N in keyof M]: Handler<S, z.output<M[N]>> };

/** How many turns of a kind may run at once, over all tenants and in one. */
export interface Concurrency {
  readonly total?: number;
  readonly perTenant?: number;
}

/**
 * How many failed attempts of one actor a supervisor bears: with more than `intensity` within `periodMs`, and no message
 * handled in between, it is parked, and its mail waits until a person resumes it.
 * @see Erlang/OTP, Supervisor Behaviour, "Maximum Restart Intensity"
 */
export interface RestartWindow {
  readonly intensity: number;
  readonly periodMs: number;
}

/** What else is parked when a child is: nothing, or the children spawned after it, which build on it. */
export type Strategy = "one-for-one" | "rest-for-one";

/** What a worker that runs the kind may reach; names as in Deno's permission options. Nothing by default. */
export interface Permissions {
  readonly net?: readonly string[];
  readonly read?: readonly string[];
  readonly env?: readonly string[];
}

/** The definition that all actors of a kind share. */
export interface Kind<
  S extends object = object,
  M extends MessageSchemas = MessageSchemas,
  Q extends Queries<S> = Queries<S>,
  K extends string = string,
> {
  readonly kind: K;
  readonly state: z.ZodType<S>;
  readonly initial: S;
  /** A state of its schema can tell nothing: it is neither kept nor asked for. */
  readonly stateless: boolean;
  readonly messages: M;
  readonly queries: Q;
  readonly on: Handlers<S, M>;
  readonly upgrade: {
    readonly state?: readonly Upgrade[];
    readonly messages?: { readonly [N in keyof M]?: readonly Upgrade[] };
  };
  readonly tables: readonly Tables[];
  readonly journal: Journal | null;
  readonly ending: Ending | null;
  readonly retry: RetryPolicy;
  /** Counted from the start of the handler and anew from each commit point. */
  readonly timeoutMs: number;
  readonly priority: number;
  readonly concurrency: Concurrency;
  readonly permissions: Permissions | null;
  /** Null: bounded by the attempts of its messages alone. */
  readonly restarts: RestartWindow | null;
  /** For the children that its actors spawn. */
  readonly strategy: Strategy;
  /** What `ctx.spawn` makes batches of. */
  readonly spawns: readonly SpawnableKind[];
  /** What `ctx.fetch` reaches. */
  readonly upstreams: readonly Upstream[];
  /** Whether `ctx.fetchUrl` may be used: for addresses that users give. */
  readonly userAddresses: boolean;
  /** Turns of several actors may interleave in one worker: the kind waits for something outside of it. */
  readonly outer: boolean;
  /** What its actors of the tenant `system` are told by the clock. */
  readonly schedules: readonly KindSchedule[];
  /** Types of events that its actor `main` of each tenant is told of, in alphabetical order. */
  readonly subscribes: readonly string[];
  /** Whether `POST /api/actors/{kind}/{key}/{message}` reaches it; job types have their own door. */
  readonly addressable: boolean;
  /** A typed address of one actor of this kind. */
  at(tenant: string, key: string): Ref<M, Q>;
}

/** Any kind, when its types do not matter. */
// deno-lint-ignore no-explicit-any -- a registry holds kinds of every shape; their own types are checked where they are defined
export type AnyKind = Kind<any, any, any, string>;
