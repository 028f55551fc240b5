import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { createEgress } from "../../runtime/upstream/bounded_egress.ts";
import type { Egress } from "../../runtime/upstream/egress.ts";
import { openBroker } from "../../runtime/upstream/open_broker.ts";
import { resolveUpstream } from "../../runtime/upstream/resolved.ts";
import { BASE_URL, registry, UPSTREAMS } from "./registry/calling_registry.ts";

/** For `setup`: the kinds whose calls {@linkcode egressTo} makes. */
export const CALLING_KINDS = {
  registry,
  registryUrl: new URL("./registry/calling_registry.ts", import.meta.url).href,
};

/** All upstreams of the calling kinds are at this base URL. A node that is killed does not stop it. */
export function egressTo(baseUrl: string): Egress & AsyncDisposable {
  const upstreams = Object.values(UPSTREAMS).map((each) => resolveUpstream(each, { [BASE_URL]: baseUrl }));
  const clock = systemClock;
  const egress = createEgress({
    upstreams: openBroker({ reach: "upstreams", upstreams }, { clock }),
    userAddresses: openBroker({ reach: "user-addresses", upstreams: [], allowed: [], webhookKeys: [] }, { clock }),
  });
  return { ...egress, [Symbol.asyncDispose]: () => egress.stop() };
}

/** A server that notes when each request came, by a clock that never goes back. */
export interface TimedServer extends AsyncDisposable {
  readonly url: string;
  readonly cameAt: readonly number[];
}

interface TimedServerOptions {
  readonly port?: number;
  readonly answer?: (nth: number) => Response;
  /** How long the `nth` request was on its way. */
  readonly wayMs?: (nth: number) => number;
}

export function timedServer(
  { port = 0, answer = () => new Response("{}"), wayMs = () => 0 }: TimedServerOptions = {},
): TimedServer {
  const cameAt: number[] = [];
  let sent = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, async () => {
    await sleep(systemClock, wayMs(++sent));
    cameAt.push(systemClock.monotonic());
    return answer(cameAt.length);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    cameAt,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Requests that came when `limit` others had within the window before. */
export function earlyCalls(
  cameAt: readonly number[],
  { limit, windowMs }: { limit: number; windowMs: number },
): number {
  return cameAt.filter((at, index) => index >= limit && at - cameAt[index - limit]! < windowMs).length;
}
