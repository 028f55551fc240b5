import type { Context, MiddlewareHandler } from "hono";
import type { Clock, SharedStore } from "../../runtime/mod.ts";
import type { AppEnv } from "../env.ts";
import type { AddressOf } from "../limits/client_address.ts";
import { createRateLimit, type Standing } from "../limits/rate_limit.ts";
import { createSharedRateLimit } from "../limits/shared_rate_limit.ts";
import { Refusal } from "../problem.ts";

export interface RateLimitsOptions {
  readonly clock: Clock;
  /** Requests a minute; undefined: as many as come. */
  readonly address: number | undefined;
  readonly tenant: number | undefined;
  readonly addressOf: AddressOf;
  /** Where several nodes share a store, a tenant's requests are counted over all of them; an address's at each. */
  readonly reserve?: SharedStore["reserve"] | undefined;
}

const WINDOW_S = 60;
const CAPACITY = 10_000;
/** Balancers and people must see how it is when it is worst. */
const UNLIMITED = "/health";

type Limited = "address" | "tenant";

/**
 * How many requests one address, and one tenant, may send. Answers tell of the one that has fewer left: both would not fit
 * into what Deno sends at once, see `commonHeaders`. @see draft-ietf-httpapi-ratelimit-headers-10
 */
export function rateLimits(options: RateLimitsOptions): Readonly<Record<Limited, MiddlewareHandler<AppEnv> | null>> {
  const { clock, addressOf, reserve } = options;
  const limitOf = (name: Limited, keyOf: Limiting["keyOf"]) => {
    const quota = options[name];
    if (quota === undefined) return null;
    const limit = name === "tenant" && reserve !== undefined
      ? createSharedRateLimit({ quota, clock, capacity: CAPACITY, reserve, prefix: "requests/" })
      : createRateLimit({ quota, windowMs: WINDOW_S * 1_000, clock, capacity: CAPACITY });
    return limitBy({ name, policy: `"${name}";q=${quota};w=${WINDOW_S}`, limit, keyOf });
  };
  return { address: limitOf("address", addressOf), tenant: limitOf("tenant", (c) => c.get("tenant")) };
}

interface Limiting {
  readonly name: Limited;
  readonly policy: string;
  readonly limit: { take(key: string): Standing | Promise<Standing> };
  /** Undefined: it is nobody's, and not limited. */
  readonly keyOf: (c: Context<AppEnv>) => string | undefined;
}

function limitBy({ name, policy, limit, keyOf }: Limiting): MiddlewareHandler<AppEnv> {
  const obey = (c: Context<AppEnv>, { waitMs, remaining, wholeInMs }: Standing) => {
    if (remaining <= (c.get("requestsLeft") ?? Infinity)) {
      c.set("requestsLeft", remaining);
      const headers = c.get("commonHeaders");
      headers["RateLimit-Policy"] = policy;
      headers["RateLimit"] = `"${name}";r=${remaining};t=${Math.ceil(wholeInMs / 1_000)}`;
    }
    if (waitMs === 0) return;
    throw new Refusal(429, `More requests of one ${name} than it may send in a minute: wait`, {
      headers: { "Retry-After": String(Math.ceil(waitMs / 1_000)) },
    });
  };
  return (c, next) => {
    const key = c.req.path.startsWith(UNLIMITED) ? undefined : keyOf(c);
    if (key === undefined) return next();
    const standing = limit.take(key);
    if (standing instanceof Promise) {
      return standing.then((known) => {
        obey(c, known);
        return next();
      });
    }
    obey(c, standing);
    return next();
  };
}
