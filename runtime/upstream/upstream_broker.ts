import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Upstream } from "../actor/upstream.ts";
import { isBelow, urlBelow } from "../actor/upstream_url.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Broker } from "./egress.ts";
import { exchange, type Route } from "./exchange.ts";
import { firstRequest } from "./first_request.ts";
import { type Fetch, sendByFetch } from "./send_by_fetch.ts";
import { timeoutOf, within } from "./within.ts";

/** Calls the upstreams that kinds declare, in the isolate it lives in. */
export function createUpstreamBroker(
  { upstreams, clock, fetch }: { upstreams: readonly Upstream[]; clock: Clock; fetch: Fetch },
): Broker {
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  return {
    async call(call: FetchCall, signal: AbortSignal): Promise<Fetched> {
      const upstream = byName.get(call.upstream ?? "");
      if (upstream === undefined) throw new RuntimeError("not-permitted", `No upstream is named ${call.upstream}`);
      const { name, baseUrl } = upstream;
      const first = firstRequest(urlBelow(baseUrl, call.url), call);
      const route: Route = {
        name,
        send: (request, signal) => sendByFetch(fetch, request, signal),
        checkRedirect(url) {
          if (isBelow(baseUrl, url)) return;
          throw new RuntimeError("upstream-failed", `${name} redirects to where its base URL does not reach`, {
            retryable: true,
          });
        },
      };
      return await within(
        timeoutOf(call, upstream.timeoutMs),
        { name, clock, signal },
        (signal) => exchange(route, { first, follow: call.redirect === "follow", signal }),
      );
    },
    stop: () => Promise.resolve(),
  };
}
