import type { Clock, Metrics, System } from "../runtime/mod.ts";
import type { Principal } from "./access/principal.ts";
import type { JsonText } from "./read_json.ts";
import type { Streams } from "./streams.ts";

/** What the middleware found out about a request. */
export interface AppEnv {
  /** What `Deno.serve` tells beside a request. */
  Bindings: { readonly remoteAddr?: { readonly hostname: string } };
  Variables: {
    /** Who gives the request; like the next two absent on routes that anyone may call. */
    principal: Principal;
    /** Whose data the request sees: the principal's tenant. */
    tenant: string;
    /** Who acts: the principal's subject. */
    by: string;
    requestId: string;
    /** What every answer to the request bears. */
    commonHeaders: Record<string, string>;
    /** What its address may still send, where that is limited. */
    requestsLeft?: number;
    /** The answer was made with them. */
    bearsCommonHeaders?: boolean;
    /** Absent where a request has none or its handler takes it in. */
    body?: JsonText;
  };
}

export interface AppConfig {
  /** The port that answers; asked for on every request because it is only known when the server listens. */
  readonly port: () => number;
  /** Open event streams beyond which a further one is refused. */
  readonly maxStreams: number;
  readonly version: string;
  /** Requests under way beyond which a further one is refused; none by default. */
  readonly maxRequests?: number;
  /** Requests that one of each may send in a minute; none by default. */
  readonly perMinute?: { readonly address?: number | undefined; readonly tenant?: number | undefined };
  /** Whose pages may call this server from elsewhere. */
  readonly corsOrigins?: readonly string[];
}

/** What the handlers stand on. */
export interface Deps {
  readonly system: System;
  readonly clock: Clock;
  readonly config: AppConfig;
  readonly streams: Streams;
  readonly metrics: Metrics;
  /** Ms since the epoch. */
  readonly startedAt: number;
}
