import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { AnswerRoom } from "./answer_room.ts";
import type { Cidr } from "./cidr.ts";
import type { ConnectionPool } from "./connection_pool.ts";
import type { Broker } from "./egress.ts";
import { exchange, type Route } from "./exchange.ts";
import { firstRequest } from "./first_request.ts";
import { checkUserUrl, reach, type Resolve } from "./reach.ts";
import type { OutsideRequest } from "./redirected.ts";
import type { ResolvedUpstream } from "./resolved.ts";
import { sendBySocket } from "./send_by_socket.ts";
import { type UserTarget, userTarget } from "./user_target.ts";
import { timeoutOf, within } from "./within.ts";

export interface UserBrokerOptions {
  /** Those to which users give the base URL. */
  readonly upstreams: readonly ResolvedUpstream[];
  /** Networks that are reached although they are not public. */
  readonly allowed: readonly Cidr[];
  /** Empty: nothing can be signed. */
  readonly webhookKeys: readonly Uint8Array[];
  readonly clock: Clock;
  readonly resolve: Resolve;
  /** Null: each request has a connection of its own. */
  readonly pool: ConnectionPool | null;
}

/** Calls addresses that users give, in the isolate it lives in; each request goes only where reach.ts lets it. */
export function createUserBroker(options: UserBrokerOptions): Broker {
  const { allowed, webhookKeys, clock, resolve, pool } = options;
  const room = new AnswerRoom();
  const byName = new Map(options.upstreams.map((upstream) => [upstream.name, upstream]));
  const signed = async (request: OutsideRequest, { webhookId, body }: FetchCall): Promise<OutsideRequest> => {
    if (webhookId === null) return request;
    if (webhookKeys.length === 0) {
      throw new RuntimeError("invalid-config", "WEBHOOK_SECRET is not set: set it, start again, and retry this");
    }
    // It loads a part of Deno that a broker which sends no webhooks need not hold.
    const { signWebhook } = await import("./sign_webhook.ts");
    const signature = signWebhook(body ?? "", {
      id: webhookId,
      at: Math.floor(clock.now() / 1_000),
      keys: webhookKeys,
    });
    return { ...request, headers: { ...request.headers, ...signature } };
  };
  const routeTo = ({ url, answerBytes, checkRedirect }: UserTarget, mayRepeat: boolean): Route => ({
    name: url.origin,
    answerBytes,
    room,
    async send(request, signal) {
      const addresses = await reach(request.url, { allowed, resolve });
      signal.throwIfAborted();
      return await sendBySocket(request, { addresses, mayRepeat, signal }, pool);
    },
    checkRedirect(url) {
      // Before each request its address is looked at anyway.
      checkUserUrl(url, allowed);
      checkRedirect(url);
    },
  });
  return {
    async call(call: FetchCall, signal: AbortSignal): Promise<Fetched> {
      const target = userTarget(call, byName);
      checkUserUrl(target.base, allowed);
      const first = await signed(firstRequest(target.url, call), call);
      const route = routeTo(target, call.idempotent);
      return await within(
        timeoutOf(call, target.timeoutMs),
        { name: route.name, clock, signals: [signal] },
        (signal) => exchange(route, { first, follow: call.redirect === "follow", signal }),
      );
    },
    stop: () => Promise.resolve(pool?.stop()),
  };
}
