import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";
import { invalid } from "../problem.ts";

const MAX_PARAMETERS = 64;
/** However it is escaped: what reads query strings would lose it without a word. */
const PROTOTYPE = /[?&](?:_|%5f){2}proto(?:_|%5f){2}(?=[=&#]|$)/i;

/** Refuses query strings of more parameters than any route has a use for. */
export function queryBounds(): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const { url } = c.req;
    const start = url.indexOf("?");
    if (start === -1) return next();
    let parameters = 1;
    for (let at = url.indexOf("&", start); at !== -1; at = url.indexOf("&", at + 1)) parameters++;
    if (parameters > MAX_PARAMETERS) throw invalid(`The query string has more than ${MAX_PARAMETERS} parameters`, []);
    if (PROTOTYPE.test(url)) {
      throw invalid("The query string is invalid", [{ pointer: "/__proto__", detail: "must not be named like that" }]);
    }
    return next();
  };
}
