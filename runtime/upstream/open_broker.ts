import type { Upstream } from "../actor/upstream.ts";
import type { Clock } from "../core/clock.ts";
import { cidr } from "./cidr.ts";
import type { Broker } from "./egress.ts";
import { type Resolve, systemResolve } from "./reach.ts";
import { type Fetch, platformFetch } from "./send_by_fetch.ts";
import { createUpstreamBroker } from "./upstream_broker.ts";
import { createUserBroker, type SendTo } from "./user_broker.ts";

/** What a broker must know of its work, as it travels to its process. */
export type BrokerSetup =
  | { readonly reach: "upstreams"; readonly upstreams: readonly Upstream[] }
  | {
    readonly reach: "user-addresses";
    /** Networks, `10.0.0.0/8`. */
    readonly allowed: readonly string[];
    /** Base64. */
    readonly webhookKeys: readonly string[];
  };

export interface OpenBrokerOptions {
  readonly clock: Clock;
  readonly fetch?: Fetch;
  readonly resolve?: Resolve;
  /** How to send to addresses that users give. */
  readonly send?: SendTo;
}

/** A broker in this isolate. */
export function openBroker(
  setup: BrokerSetup,
  { clock, fetch = platformFetch, resolve = systemResolve, send }: OpenBrokerOptions,
): Broker {
  if (setup.reach === "upstreams") return createUpstreamBroker({ upstreams: setup.upstreams, clock, fetch });
  return createUserBroker({
    ...(send === undefined ? {} : { send }),
    allowed: setup.allowed.map(cidr),
    webhookKeys: setup.webhookKeys.map((key) => Uint8Array.fromBase64(key)),
    clock,
    resolve,
  });
}
