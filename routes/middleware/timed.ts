import type { MiddlewareHandler } from "hono";
import type { Clock, Metrics } from "../../runtime/mod.ts";
import type { AppEnv } from "../env.ts";

/** What is asked for of pages, of what there is not, and what is refused before that is known. */
const OTHERS = "others";

/** Counts every answer, by the operation of its route: how it ended, and how long it took. */
export function timed({ answered }: Pick<Metrics, "answered">, clock: Clock): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const begunAt = clock.monotonic();
    return next().then(() => answered(c.get("asked") ?? OTHERS, c.res.status, clock.monotonic() - begunAt));
  };
}
