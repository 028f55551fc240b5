import type { z } from "zod";
import { KIND_PATTERN } from "./address.ts";
import { EVENT_TYPE } from "./event_type.ts";
import type { Ending, Journal } from "./journal.ts";
import type { Concurrency, Handlers, Kind, Permissions, Queries, RestartWindow, Strategy } from "./kind.ts";
import type { MessageSchemas } from "./ref.ts";
import type { KindSchedule } from "./schedule.ts";
import { holdsAnything } from "./schema.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry_policy.ts";
import { checkSpawns, type SpawnableKind } from "./spawn.ts";
import { subscribedEvent, SUBSCRIBER_MESSAGE } from "./subscribed_event.ts";
import type { Tables } from "./tables.ts";
import type { Upstream } from "./upstream.ts";

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
  readonly ending?: Ending;
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
  /** Kinds with one message, as job types are. */
  readonly spawns?: readonly SpawnableKind[];
  readonly upstreams?: readonly Upstream[];
  /** False by default. */
  readonly userAddresses?: boolean;
  readonly schedules?: readonly KindSchedule<keyof M & string>[];
  /**
   * Types of events: of each that a tenant emits, its actor with the key `main` is sent the message `event`, whose schema must
   * be `subscribedEvent`.
   */
  readonly subscribes?: readonly string[];
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
  checkSpawns(kind, declared.spawns ?? []);
  const subscribes = declared.subscribes ?? [];
  for (const type of subscribes) {
    if (!EVENT_TYPE.test(type)) throw new TypeError(`${kind} subscribes to ${JSON.stringify(type)}: no type of events`);
  }
  if (subscribes.length > 0 && declared.messages[SUBSCRIBER_MESSAGE] !== subscribedEvent) {
    throw new TypeError(`${kind} subscribes to events: its message ${SUBSCRIBER_MESSAGE} must be a subscribedEvent`);
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
    ending: declared.ending ?? null,
    retry: { ...DEFAULT_RETRY, ...declared.retry },
    timeoutMs: declared.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    priority: declared.priority ?? 0,
    concurrency: declared.concurrency ?? {},
    permissions: declared.permissions ?? null,
    restarts: declared.restarts === undefined ? DEFAULT_RESTARTS : declared.restarts,
    strategy: declared.strategy ?? "one-for-one",
    spawns: declared.spawns ?? [],
    upstreams: declared.upstreams ?? [],
    userAddresses: declared.userAddresses ?? false,
    outer: declared.outer ?? (declared.permissions !== undefined || (declared.upstreams ?? []).length > 0 ||
      declared.userAddresses === true),
    addressable: declared.addressable ?? true,
    schedules: declared.schedules ?? [],
    subscribes: [...new Set(subscribes)].sort(),
    at: (tenant: string, key: string) => ({ tenant, kind, key }),
  });
}
