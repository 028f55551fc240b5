import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Cidr } from "./cidr.ts";
import type { Broker } from "./egress.ts";
import { exchange, type OutsideAnswer, type Route } from "./exchange.ts";
import { firstRequest } from "./first_request.ts";
import { checkUserUrl, reach, type Resolve } from "./reach.ts";
import type { OutsideRequest } from "./redirected.ts";
import { sendPinned } from "./send_pinned.ts";
import { signWebhook } from "./sign_webhook.ts";
import { timeoutOf, USER_TIMEOUT_MS, within } from "./within.ts";

export interface UserBrokerOptions {
  /** Networks that are reached although they are not public. */
  readonly allowed: readonly Cidr[];
  /** Empty: nothing can be signed. */
  readonly webhookKeys: readonly Uint8Array[];
  readonly clock: Clock;
  readonly resolve: Resolve;
  /** `sendPinned` unless given. */
  readonly send?: SendTo;
}

/** Sends to one of these addresses and to no other. */
export type SendTo = (
  request: OutsideRequest,
  to: { readonly addresses: readonly string[]; readonly signal: AbortSignal },
) => Promise<OutsideAnswer>;

/** Calls addresses that users give, in the isolate it lives in; each request goes only where reach.ts lets it. */
export function createUserBroker(options: UserBrokerOptions): Broker {
  const { allowed, webhookKeys, clock, resolve, send = sendPinned } = options;
  const signed = (request: OutsideRequest, { webhookId, body }: FetchCall): OutsideRequest => {
    if (webhookId === null) return request;
    if (webhookKeys.length === 0) {
      throw new RuntimeError("invalid-config", "WEBHOOK_SECRET is not set: set it, start again, and retry this");
    }
    const signature = signWebhook(body ?? "", {
      id: webhookId,
      at: Math.floor(clock.now() / 1_000),
      keys: webhookKeys,
    });
    return { ...request, headers: { ...request.headers, ...signature } };
  };
  return {
    async call(call: FetchCall, signal: AbortSignal): Promise<Fetched> {
      const url = URL.parse(call.url);
      if (url === null) throw new RuntimeError("invalid-message", "The address must be a whole URL: https://host/path");
      checkUserUrl(url, allowed);
      const first = signed(firstRequest(url, call), call);
      const route: Route = {
        name: url.origin,
        async send(request, signal) {
          const addresses = await reach(request.url, { allowed, resolve });
          signal.throwIfAborted();
          return await send(request, { addresses, signal });
        },
        // Before each request its address is looked at anyway.
        checkRedirect: (url) => checkUserUrl(url, allowed),
      };
      return await within(
        timeoutOf(call, USER_TIMEOUT_MS),
        { name: url.origin, clock, signal },
        (signal) => exchange(route, { first, follow: call.redirect === "follow", signal }),
      );
    },
    stop: () => Promise.resolve(),
  };
}
