import type { Context, MiddlewareHandler, Next } from "hono";
import { matchedRoutes } from "hono/route";
import type { Clock } from "../../runtime/mod.ts";
import type { AppEnv } from "../env.ts";
import { nestsDeeperThan } from "../json_depth.ts";
import { Refusal } from "../problem.ts";
import { createDeadlines } from "./deadlines.ts";
import { readBody } from "./read_body.ts";

export interface JsonBodyOptions {
  readonly clock: Clock;
  /** By path; `limitBytes` for the others. */
  readonly limits: Readonly<Record<string, number>>;
  readonly limitBytes: number;
  readonly deadlineMs: number;
  /** Paths whose handlers take the body in themselves. */
  readonly streamed: readonly string[];
}

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;
const MAX_DEPTH = 64;
const BODY_METHODS = ["POST", "PUT", "PATCH"];
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Takes the body of a request in, within its bounds, for the check that follows. An empty one reads as `{}`. */
export function jsonBody(options: JsonBodyOptions): MiddlewareHandler<AppEnv> {
  const { clock, limits, limitBytes, deadlineMs, streamed } = options;
  const deadlines = createDeadlines(clock, deadlineMs);
  return (c, next) => {
    const { method, path } = c.req;
    if (!BODY_METHODS.includes(method) || streamed.includes(path) || !hasHandler(matchedRoutes(c))) return next();
    return takeIn(c, next);
  };
  async function takeIn(c: Context<AppEnv>, next: Next): Promise<void> {
    const bytes = await readBody(c.req.raw, { limitBytes: limits[c.req.path] ?? limitBytes, deadlines });
    const text = bytes.length === 0 ? "{}" : decode(bytes, c.req.header("content-type"));
    if (nestsDeeperThan(MAX_DEPTH, text)) throw new Refusal(400, `The body nests deeper than ${MAX_DEPTH} levels`);
    c.set("bodyText", text);
    return await next();
  }
}

/** Middleware matches any method; a route is there only when a handler of the method matched too. */
function hasHandler(routes: readonly { readonly method: string }[]): boolean {
  return routes.some(({ method }) => method !== "ALL");
}

function decode(bytes: Uint8Array, contentType: string | undefined): string {
  if (contentType === undefined || !JSON_TYPE.test(contentType)) {
    throw new Refusal(415, "The body must be application/json", { headers: { Accept: "application/json" } });
  }
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal(400, "The body is not UTF-8");
  }
}
