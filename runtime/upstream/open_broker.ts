import type { Clock } from "../core/clock.ts";
import { cidr } from "./cidr.ts";
import { ConnectionPool } from "./connection_pool.ts";
import type { Broker } from "./egress.ts";
import { createMailBroker } from "./mail/mail_broker.ts";
import { type Resolve, systemResolve } from "./reach.ts";
import type { ResolvedUpstream } from "./resolved.ts";
import { type Fetch, platformFetch } from "./send_by_fetch.ts";
import { createUpstreamBroker } from "./upstream_broker.ts";
import { createUserBroker } from "./user_broker.ts";

/** What a broker must know of its work, as it travels to its process. */
export type BrokerSetup =
  | { readonly reach: "upstreams"; readonly upstreams: readonly ResolvedUpstream[] }
  | { readonly reach: "mail"; readonly upstreams: readonly ResolvedUpstream[] }
  | {
    readonly reach: "user-addresses";
    /** Those to which users give the base URL. */
    readonly upstreams: readonly ResolvedUpstream[];
    /** Networks, `10.0.0.0/8`. */
    readonly allowed: readonly string[];
    /** Base64. */
    readonly webhookKeys: readonly string[];
  };

export interface OpenBrokerOptions {
  readonly clock: Clock;
  readonly fetch?: Fetch;
  readonly resolve?: Resolve;
  /** Whether connections wait for another request; they do unless told otherwise. */
  readonly keepsConnections?: boolean;
}

/** A broker in this isolate. */
export function openBroker(
  setup: BrokerSetup,
  { clock, fetch = platformFetch, resolve = systemResolve, keepsConnections = true }: OpenBrokerOptions,
): Broker {
  if (setup.reach === "upstreams") return createUpstreamBroker({ upstreams: setup.upstreams, clock, fetch });
  if (setup.reach === "mail") return createMailBroker({ upstreams: setup.upstreams, clock });
  return createUserBroker({
    upstreams: setup.upstreams,
    allowed: setup.allowed.map(cidr),
    webhookKeys: setup.webhookKeys.map((key) => Uint8Array.fromBase64(key)),
    clock,
    resolve,
    pool: keepsConnections ? new ConnectionPool({ clock }) : null,
  });
}
