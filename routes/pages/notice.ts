import type { Missing } from "../../runtime/mod.ts";
import { problemBody, problemOf, Refusal } from "../problem.ts";
import { noticePage } from "./notice_page.ts";

const SAYS: Readonly<Record<Missing, string>> = {
  database:
    "This server has no database yet: attach a PostgreSQL database to the app on Deno Deploy, and deploy it again",
  secret:
    "Nobody can sign in here yet: set AUTH_SECRET (or AUTH_JWKS_URL) in the app's environment variables on Deno Deploy",
};
/** Somebody has to do something first. */
const RETRY_AFTER_S = 60;

/** Its one style stands in the page, so that it needs nothing else of a server that has nothing. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Null: the server itself answers, which it does for its health once it has a database. */
export type Notice = (request: Request) => Response | null;

/**
 * What a server answers that lacks something only a person can give: browsers get a page with the steps, everything else 503.
 * Null when nothing is missing.
 */
export function createNotice(missing: readonly Missing[]): Notice | null {
  const [first] = missing;
  if (first === undefined) return null;
  const page = noticePage(missing);
  const problem = problemOf(new Refusal(503, SAYS[first]));
  return (request) => {
    const path = URL.parse(request.url)?.pathname ?? "/";
    if (path === "/health/live") return Response.json({ status: "live" });
    if (/^\/health(\/|$)/.test(path) && first !== "database") return null;
    if (wantsPage(request, path)) return new Response(request.method === "HEAD" ? null : page, { headers: HEADERS });
    const [body, status, headers] = problemBody(problem, { "Retry-After": String(RETRY_AFTER_S) });
    return new Response(request.method === "HEAD" ? null : body, { status, headers: { ...STRICT, ...headers } });
  };
}

const STRICT = { "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" };
/** 200, as a deployment that is asked whether it works must not be thrown away for this. */
const HEADERS = { ...STRICT, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY };

function wantsPage({ method, headers }: Request, path: string): boolean {
  if (!["GET", "HEAD"].includes(method) || /^\/(api|health|metrics)(\/|$)/.test(path)) return false;
  return (headers.get("accept") ?? "").includes("text/html");
}
