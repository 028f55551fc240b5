import type { Context, Hono } from "hono";
import type { AppEnv } from "../env.ts";
import { problemBody, problemOf, Refusal } from "../problem.ts";

/**
 * The answer when no handler took a request: 405 with `Allow` (or, to OPTIONS, 204) where the path is known under another
 * method, otherwise 404. The router does not tell these apart, so the paths are compared with its list of routes.
 */
export function unmatched(app: Pick<Hono<AppEnv>, "routes">): (c: Context<AppEnv>) => Response {
  let patterns: readonly { readonly method: string; readonly pattern: RegExp }[] | null = null;
  return (c) => {
    patterns ??= app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"))
      .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
    const methods = new Set(patterns.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method));
    if (methods.size === 0) {
      return c.body(...problemBody(problemOf(new Refusal(404, "There is nothing at this address"))));
    }
    if (methods.has("GET")) methods.add("HEAD");
    const allow = [...methods, "OPTIONS"].sort().join(", ");
    if (c.req.method === "OPTIONS") return c.body(null, 204, { Allow: allow });
    const refusal = new Refusal(405, `This address answers ${allow}`);
    return c.body(...problemBody(problemOf(refusal), { Allow: allow }));
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.+?^$()|[\]\\]/g, "\\$&").replace(/:[A-Za-z]+/g, "[^/]+")}$`);
}
