import type { MiddlewareHandler } from "hono";
import type { NodeRole } from "../../runtime/mod.ts";
import type { AppEnv } from "../env.ts";
import { Refusal } from "../problem.ts";

/** What a node answers that does not answer everything. */
const ANSWERED: Readonly<Record<NodeRole, RegExp | null>> = {
  all: null,
  http: null,
  worker: /^\/(health(\/(ready|live))?|metrics)$/,
  // What a page needs to sign in, and event streams.
  notifications:
    /^\/(health(\/(ready|live))?|metrics|sign-in|favicon\.svg|assets\/.*|api\/(session|notifications\/(stream|tickets)|jobs\/[^/]+\/stream))$/,
};

/** Answers 404 to what is another role's. Null where the node answers everything. */
export function roleGuard(role: NodeRole): MiddlewareHandler<AppEnv> | null {
  const answered = ANSWERED[role];
  if (answered === null) return null;
  return (c, next) => {
    const path = c.req.path.replace(/^\/api\/v1(?=\/|$)/, "/api");
    if (!answered.test(path)) throw new Refusal(404, `This node has the role ${role}, and answers other requests`);
    return next();
  };
}
