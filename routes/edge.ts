import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { getPath } from "hono/utils/url";
import type { SharedStore } from "../runtime/mod.ts";
import { describeCredentials } from "./access/described_access.ts";
import { refusedPage, wantsConsolePage } from "./console/refused_page.tsx";
import type { AppEnv, Deps } from "./env.ts";
import { type AddressOf, byNetwork } from "./limits/client_address.ts";
import { unmatched } from "./middleware/allowed_methods.ts";
import { cors } from "./middleware/cors.ts";
import { guard } from "./middleware/guard.ts";
import { commonHeaders } from "./middleware/headers.ts";
import { hostGuard, originGuard } from "./middleware/host_guard.ts";
import { type BodyLimits, jsonBody } from "./middleware/json_body.ts";
import { queryBounds } from "./middleware/query_bounds.ts";
import { rateLimits } from "./middleware/rate_limits.ts";
import { requestCap } from "./middleware/request_cap.ts";
import { roleGuard } from "./middleware/role_guard.ts";
import { timed } from "./middleware/timed.ts";
import { type OnRoute, toldRoute } from "./middleware/told_route.ts";
import { unreadBodies } from "./middleware/unread_body.ts";
import { signInInstead } from "./pages/sign_in_instead.ts";
import { problemBody, problemOf, Refusal } from "./problem.ts";
import { ShapeRouter } from "./shape_router.ts";

const BODY = { bytes: 1024 * 1024, values: 10_000 };
const BATCH = { bytes: 8 * 1024 * 1024, values: 200_000 };
/** Of 1,000 scan events, of up to 20 values each and of texts as long as they may be. */
const SCANS = { bytes: 4 * 1024 * 1024, values: 30_000 };
const BODIES = { totalBytes: 256 * 1024 * 1024, tenantBytes: 64 * 1024 * 1024 };
const BODY_DEADLINE_MS = 30_000;

export interface EdgeOptions {
  /** By which requests are told apart before anybody is known. */
  readonly addressOf: AddressOf;
  /** Told of errors that the answer says nothing about. */
  readonly onError: (error: unknown, request: { readonly requestId: string; readonly method: string }) => void;
  /** Told of each request, within it. */
  readonly onRoute?: OnRoute | undefined;
  /** Of a store that several nodes share: a tenant's requests are counted there. */
  readonly reserve?: SharedStore["reserve"] | undefined;
}

/** What every request passes before it comes to a route, in this order, and what becomes of those that come to none. */
export function createEdge(deps: Deps, { addressOf, onError, onRoute, reserve }: EdgeOptions): OpenAPIHono<AppEnv> {
  const { clock, credentials, config: { corsOrigins = [], maxRequests = Infinity, perMinute = {} } } = deps;
  const limits = rateLimits({
    clock,
    addressOf: byNetwork(addressOf),
    address: perMinute.address,
    tenant: perMinute.tenant,
    reserve,
  });
  const base = new OpenAPIHono<AppEnv>({ getPath: unversionedPath, router: new ShapeRouter() });
  describeCredentials(base.openAPIRegistry);
  base.use(timed(deps.metrics, clock));
  if (onRoute !== undefined) base.use(toldRoute(onRoute));
  base.use(unreadBodies());
  base.use(commonHeaders(deps.system.createId));
  if (corsOrigins.length > 0) base.use(cors(corsOrigins));
  if (maxRequests < Infinity) base.use(requestCap(maxRequests));
  base.use(credentials.isOpen ? hostGuard(deps.config.port) : originGuard(corsOrigins));
  const otherRoles = roleGuard(deps.config.role ?? "all");
  if (otherRoles !== null) base.use(otherRoles);
  base.use(queryBounds());
  if (limits.address !== null) base.use(wholeRequests(limits.address));
  base.use("/console/*", async (c, next) => await signInInstead(c, credentials) ?? next());
  base.use(guard({ principalOf: credentials.principalOf, statusOf: deps.system.tenants.statusOf }));
  if (limits.tenant !== null) base.use(wholeRequests(limits.tenant));
  base.use(jsonBody({
    clock,
    limitsOf: limitsOfBody,
    deadlineMs: BODY_DEADLINE_MS,
    room: BODIES,
    streamed: ["/api/jobs/import", "/api/employee-uploads"],
    lines: ["/api/customers", "/api/customer-actions"],
  }));
  base.onError((thrown, c) => {
    const problem = problemOf(thrown);
    if (problem.status === 500) onError(thrown, { requestId: c.var.requestId, method: c.req.method });
    const headers = thrown instanceof Refusal ? thrown.headers : {};
    return wantsConsolePage(c) ? refusedPage(c, problem, headers) : c.body(...problemBody(problem, headers));
  });
  base.notFound(unmatched(base));
  return base;
}

/** Without the parts that pages ask for within the process. */
function wholeRequests(limit: MiddlewareHandler<AppEnv>): MiddlewareHandler<AppEnv> {
  return (c, next) => c.env?.isPart === true ? next() : limit(c, next);
}

function limitsOfBody(path: string): BodyLimits {
  if (path === "/api/jobs/batch") return BATCH;
  return /^\/api\/streams\/[^/]+\/events$/.test(path) ? SCANS : BODY;
}

/** `/api/v1/...` is the same API. */
function unversionedPath(request: Request): string {
  const path = getPath(request);
  return path.startsWith("/api/v1") ? path.replace(/^\/api\/v1(?=\/|$)/, "/api") : path;
}
