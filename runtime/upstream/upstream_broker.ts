import type { FetchCall, Fetched } from "../actor/outcome.ts";
import { isBelow, urlBelow } from "../actor/upstream_url.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { AnswerRoom } from "./answer_room.ts";
import type { Broker } from "./egress.ts";
import { exchange, redirectsAway, type Route } from "./exchange.ts";
import { firstRequest } from "./first_request.ts";
import { knownUpstream, type ResolvedUpstream } from "./resolved.ts";
import { type Fetch, FetchSender } from "./send_by_fetch.ts";
import { timeoutOf, within } from "./within.ts";

/** Calls the upstreams that kinds declare, in the isolate it lives in. */
export function createUpstreamBroker(
  { upstreams, clock, fetch }: { upstreams: readonly ResolvedUpstream[]; clock: Clock; fetch: Fetch },
): Broker {
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  const sender = new FetchSender({ fetch, clock });
  const room = new AnswerRoom();
  return {
    async call(call: FetchCall, signal: AbortSignal): Promise<Fetched> {
      const { name, baseUrl, headers, answerBytes, timeoutMs } = knownUpstream(byName, call.upstream);
      if (baseUrl === null) throw new RuntimeError("invalid-config", `${name} cannot be called: it has no base URL`);
      const first = firstRequest(urlBelow(baseUrl, call.url), { ...call, headers: { ...call.headers, ...headers } });
      const route: Route = {
        name,
        answerBytes,
        room,
        send: (request, signal) => sender.send(request, { mayRepeat: call.idempotent, signal }),
        checkRedirect(url) {
          if (!isBelow(baseUrl, url)) throw redirectsAway(name);
        },
      };
      return await within(
        timeoutOf(call, timeoutMs),
        { name, clock, signals: [signal] },
        (signal) => exchange(route, { first, follow: call.redirect === "follow", signal }),
      );
    },
    stop: () => Promise.resolve(sender.stop()),
  };
}
