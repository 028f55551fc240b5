import type { z } from "zod";
import { KIND_PATTERN } from "./address.ts";
import type { Journal } from "./journal.ts";
import type {
  Concurrency,
  Handlers,
  Kind,
  Permissions,
  Queries,
  RestartWindow,
  RetryPolicy,
  Strategy,
} from "./kind.ts";
import type { MessageSchemas } from "./ref.ts";
import { holdsAnything } from "./schema.ts";
import type { Tables } from "./tables.ts";
import type { Upstream } from "./upstream.ts";

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 4, baseMs: 1_000, maxMs: 30_000 };
export const DEFAULT_RESTARTS: RestartWindow = { intensity: 10, periodMs: 60_000 };
const DEFAULT_TIMEOUT_MS = 30_000;
/** What people do over the heads of messages: `POST /api/actors/{kind}/{key}/resume` must never mean a message. */
const CONTROL_VERBS = ["cancel", "pause", "resume", "retry"];

/** What an author says of a kind; everything but `kind`, `state`, `initial`, `messages` and `on` has a default. */
export interface ActorDeclaration<S extends object, M extends MessageSchemas, Q extends Queries<S>, K extends string> {
  readonly kind: K;
  readonly state: z.ZodType<S>;
  readonly initial: NoInfer<S>;
  /** Schemas of what survives JSON: no dates, no transforms to other types. */
  readonly messages: M;
  readonly queries?: Q & Queries<NoInfer<S>>;
  readonly on: Handlers<NoInfer<S>, M>;
  readonly upgrade?: Kind<S, M, Q, K>["upgrade"];
  readonly tables?: readonly Tables[];
  readonly journal?: Journal;
  /** By default 4 attempts, base 1 s, max 30 s. */
  readonly retry?: Partial<RetryPolicy>;
  /** 30 s by default. */
  readonly timeoutMs?: number;
  /** 0 by default; larger runs earlier. */
  readonly priority?: number;
  readonly concurrency?: Concurrency;
  readonly permissions?: Permissions;
  /** True by default for kinds that reach outside: by permissions, upstreams or user-given addresses. */
  readonly outer?: boolean;
  readonly addressable?: boolean;
  /** 10 failed attempts within 60 s by default. */
  readonly restarts?: RestartWindow | null;
  /** `one-for-one` by default. */
  readonly strategy?: Strategy;
  readonly upstreams?: readonly Upstream[];
  /** False by default. */
  readonly userAddresses?: boolean;
}

/**
 * Defines a kind of actor.
 * @throws {TypeError} when the declaration contradicts itself, at load time
 */
export function defineActor<
  const K extends string,
  S extends object,
  M extends MessageSchemas,
  Q extends Queries<S> = Record<never, never>,
>(declared: ActorDeclaration<S, M, Q, K>): Kind<S, M, Q, K> {
  const { kind } = declared;
  if (!KIND_PATTERN.test(kind)) throw new TypeError(`The kind ${JSON.stringify(kind)} must be kebab-case`);
  for (const name of Object.keys(declared.messages)) {
    if (typeof declared.on[name] !== "function") throw new TypeError(`${kind} has no handler for its message ${name}`);
    if (CONTROL_VERBS.includes(name)) {
      throw new TypeError(`${kind} names a message ${name}, as people name what they do to actors: call it otherwise`);
    }
  }
  for (const name of Object.keys(declared.queries ?? {})) {
    if (name in declared.messages) throw new TypeError(`${kind} has a message and a query named ${name}: rename one`);
  }
  return Object.freeze({
    kind,
    state: declared.state,
    initial: declared.initial,
    stateless: !holdsAnything(declared.state),
    messages: declared.messages,
    queries: declared.queries ?? ({} as Q),
    on: declared.on,
    upgrade: declared.upgrade ?? {},
    tables: declared.tables ?? [],
    journal: declared.journal ?? null,
    retry: { ...DEFAULT_RETRY, ...declared.retry },
    timeoutMs: declared.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    priority: declared.priority ?? 0,
    concurrency: declared.concurrency ?? {},
    permissions: declared.permissions ?? null,
    restarts: declared.restarts === undefined ? DEFAULT_RESTARTS : declared.restarts,
    strategy: declared.strategy ?? "one-for-one",
    upstreams: declared.upstreams ?? [],
    userAddresses: declared.userAddresses ?? false,
    outer: declared.outer ?? (declared.permissions !== undefined || (declared.upstreams ?? []).length > 0 ||
      declared.userAddresses === true),
    addressable: declared.addressable ?? true,
    at: (tenant: string, key: string) => ({ tenant, kind, key }),
  });
}
