import type { Context } from "hono";
import type { Clock, Deed, Maildir, Metrics, NodeRole, System } from "../runtime/mod.ts";
import type { Credentials } from "./access/credentials.ts";
import type { AppEnv } from "./app_env.ts";
import type { Submissions } from "./limits/submissions.ts";
import type { Streams } from "./streams.ts";

export type { AppEnv } from "./app_env.ts";

export interface AppConfig {
  /** The port that answers; asked for on every request because it is only known when the server listens. */
  readonly port: () => number;
  /** Open event streams beyond which a further one is refused. */
  readonly maxStreams: number;
  readonly version: string;
  /** `all` by default: other nodes may answer a part only. */
  readonly role?: NodeRole;
  /** Requests under way beyond which a further one is refused; none by default. */
  readonly maxRequests?: number;
  /** Requests that one of each may send in a minute; none by default. */
  readonly perMinute?: { readonly address?: number | undefined; readonly tenant?: number | undefined };
  /** Networks that user-given addresses may lead to although they are not public. */
  readonly egressAllow?: readonly string[];
  /** Where e-mail is kept as files; by default it is not. */
  readonly maildir?: Maildir | null;
  /** Whose pages may call this server from elsewhere. */
  readonly corsOrigins?: readonly string[];
}

/** What the handlers stand on. */
export interface Deps {
  readonly system: System;
  readonly clock: Clock;
  readonly config: AppConfig;
  readonly streams: Streams;
  readonly credentials: Credentials;
  readonly metrics: Metrics;
  /** Asked by each route that hands work in, before it does. */
  readonly submissions: Submissions;
  /** The deed of a request, about its subject: what a route hands on with the command that it gives. */
  readonly deedOf: (c: Context<AppEnv>, subject: string) => Deed;
  /** Ms since the epoch. */
  readonly startedAt: number;
}
