import { OpenAPIHono } from "@hono/zod-openapi";
import { getPath } from "hono/utils/url";
import { type Clock, createMetrics, type SharedStore, type System } from "../runtime/mod.ts";
import type { Authentication } from "./access/authentication.ts";
import { mustDeclare } from "./access/callable_by.ts";
import { createCredentials } from "./access/credentials.ts";
import { createDeeds } from "./access/deeds.ts";
import { describeCredentials } from "./access/described_access.ts";
import * as actors from "./actors.ts";
import * as actorControl from "./actors_control.ts";
import * as audit from "./audit.ts";
import * as deadLetters from "./dead_letters.ts";
import * as deadLetterActs from "./dead_letters_act.ts";
import * as docs from "./docs.ts";
import { checkedRoutes } from "./checked_openapi.ts";
import type { AppConfig, AppEnv, Deps } from "./env.ts";
import * as health from "./health.ts";
import * as acts from "./jobs_act.ts";
import * as batch from "./jobs_batch.ts";
import * as imports from "./jobs_import.ts";
import * as lists from "./jobs_list.ts";
import * as reads from "./jobs_read.ts";
import * as results from "./jobs_result.ts";
import * as jobStreams from "./jobs_stream.ts";
import * as submits from "./jobs_submit.ts";
import * as keys from "./keys.ts";
import * as keyActs from "./keys_act.ts";
import * as kinds from "./kinds.ts";
import { type AddressOf, byNetwork, clientAddress } from "./limits/client_address.ts";
import * as metrics from "./metrics.ts";
import { unmatched } from "./middleware/allowed_methods.ts";
import { cors } from "./middleware/cors.ts";
import { guard } from "./middleware/guard.ts";
import { commonHeaders } from "./middleware/headers.ts";
import { hostGuard, originGuard } from "./middleware/host_guard.ts";
import { createDedupe } from "./middleware/dedupe.ts";
import { jsonBody } from "./middleware/json_body.ts";
import { queryBounds } from "./middleware/query_bounds.ts";
import { rateLimits } from "./middleware/rate_limits.ts";
import { requestCap } from "./middleware/request_cap.ts";
import { roleGuard } from "./middleware/role_guard.ts";
import { unreadBodies } from "./middleware/unread_body.ts";
import * as nodes from "./nodes.ts";
import * as tickets from "./notification_tickets.ts";
import * as notifications from "./notifications.ts";
import { openapi, openapiRoute } from "./openapi.ts";
import { pages } from "./pages/mod.ts";
import { problemBody, problemOf, Refusal } from "./problem.ts";
import * as session from "./session.ts";
import { ShapeRouter } from "./shape_router.ts";
import { createStreams } from "./streams.ts";

const BODY = { bytes: 1024 * 1024, values: 10_000 };
const BATCH = { bytes: 8 * 1024 * 1024, values: 200_000 };
const BODIES = { totalBytes: 256 * 1024 * 1024, tenantBytes: 64 * 1024 * 1024 };
const BODY_DEADLINE_MS = 30_000;

export interface AppOptions {
  readonly system: System;
  readonly clock: Clock;
  readonly config: AppConfig;
  /** How to know who gives a request; nobody is asked by default. */
  readonly authentication?: Authentication;
  /** By which requests are told apart before anybody is known; the connection's by default. */
  readonly addressOf?: AddressOf;
  /** Of a store that several nodes share: a tenant's requests are counted there. */
  readonly reserve?: SharedStore["reserve"] | undefined;
  /** Told of errors that the answer says nothing about. */
  readonly onError: (error: unknown, request: { readonly requestId: string; readonly method: string }) => void;
  /** Of the process; ms since the epoch. */
  readonly startedAt: number;
}

/** Everything that answers HTTP. `hc<App>` is its typed client. */
export type App = ReturnType<typeof assemble>;

export function createApp(options: AppOptions): App {
  const { system, clock, config, authentication = { isOpen: true }, addressOf = clientAddress(0) } = options;
  const streams = createStreams(config.maxStreams, clock);
  const metrics = createMetrics(system.diagnostics, () => ({ ...system.health(), streams: streams.open }));
  const credentials = createCredentials({ authentication, system, clock, streams, addressOf: byNetwork(addressOf) });
  const deedOf = createDeeds(system, addressOf);
  const edges = { addressOf, onError: options.onError, reserve: options.reserve };
  return assemble({ ...options, streams, metrics, credentials, deedOf }, edges);
}

/** Its inferred type is the list of routes that {@linkcode App} names. */
function assemble(
  deps: Deps,
  { addressOf, onError, reserve }: Required<Pick<AppOptions, "addressOf" | "onError">> & Pick<AppOptions, "reserve">,
) {
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
  base.use(unreadBodies());
  base.use(commonHeaders(deps.system.createId));
  if (corsOrigins.length > 0) base.use(cors(corsOrigins));
  if (maxRequests < Infinity) base.use(requestCap(maxRequests));
  base.use(credentials.isOpen ? hostGuard(deps.config.port) : originGuard(corsOrigins));
  const otherRoles = roleGuard(deps.config.role ?? "all");
  if (otherRoles !== null) base.use(otherRoles);
  base.use(queryBounds());
  if (limits.address !== null) base.use(limits.address);
  base.use(guard(credentials));
  if (limits.tenant !== null) base.use(limits.tenant);
  base.use(jsonBody({
    clock,
    limits: BODY,
    limitsOf: { "/api/jobs/batch": BATCH },
    deadlineMs: BODY_DEADLINE_MS,
    room: BODIES,
    streamed: ["/api/jobs/import"],
  }));
  base.onError((thrown, c) => {
    const problem = problemOf(thrown);
    if (problem.status === 500) onError(thrown, { requestId: c.var.requestId, method: c.req.method });
    return c.body(...problemBody(problem, thrown instanceof Refusal ? thrown.headers : {}));
  });
  base.notFound(unmatched(base));
  const { app } = checkedRoutes(base, createDedupe(deps))
    .openapi(submits.submitRoute, submits.submit(deps))
    .openapi(batch.batchRoute, batch.submitBatch(deps))
    .openapi(imports.importRoute, imports.importDataset(deps))
    .openapi(lists.listRoute, lists.list(deps))
    .openapi(reads.getRoute, reads.get(deps))
    .openapi(reads.logsRoute, reads.logs(deps))
    .openapi(results.resultRoute, results.result(deps))
    .openapi(jobStreams.streamRoute, jobStreams.stream(deps))
    .openapi(acts.cancelRoute, acts.cancel(deps))
    .openapi(acts.retryRoute, acts.retry(deps))
    .openapi(deadLetters.listRoute, deadLetters.list(deps))
    .openapi(deadLetters.getRoute, deadLetters.get(deps))
    .openapi(deadLetterActs.retryRoute, deadLetterActs.retry(deps))
    .openapi(deadLetterActs.discardRoute, deadLetterActs.discard(deps))
    .openapi(kinds.listRoute, kinds.list(deps))
    .openapi(kinds.pauseRoute, kinds.pause(deps))
    .openapi(kinds.resumeRoute, kinds.resume(deps))
    .openapi(actorControl.listRoute, actorControl.list(deps))
    .openapi(actors.inspectRoute, actors.inspect(deps))
    .openapi(actorControl.resumeRoute, actorControl.resume(deps))
    .openapi(actors.messageRoute, actors.message(deps))
    .openapi(actors.queryRoute, actors.query(deps))
    .openapi(keys.listRoute, keys.list(deps))
    .openapi(keys.createKeyRoute, keys.create(deps))
    .openapi(keyActs.rotateRoute, keyActs.rotate(deps))
    .openapi(keyActs.revokeRoute, keyActs.revoke(deps))
    .openapi(audit.listRoute, audit.list(deps))
    .openapi(nodes.listRoute, nodes.list(deps))
    .openapi(nodes.drainRoute, nodes.drain(deps))
    .openapi(nodes.undrainRoute, nodes.undrain(deps))
    .openapi(notifications.notificationsRoute, notifications.notifications(deps))
    .openapi(tickets.ticketRoute, tickets.issue(deps))
    .openapi(session.openRoute, session.open(deps))
    .openapi(session.getRoute, session.get(deps))
    .openapi(session.closeRoute, session.close(deps))
    .openapi(health.healthRoute, health.wholeHealth(deps))
    .openapi(health.readyRoute, health.readiness(deps))
    .openapi(health.liveRoute, health.liveness())
    .openapi(metrics.metricsRoute, metrics.metrics(deps))
    .openapi(openapiRoute, openapi(() => base, deps))
    .openapi(docs.docsRoute, docs.docs(deps))
    .openapi(docs.docsAssetRoute, docs.docsAsset());
  app.route("/", pages(credentials));
  mustDeclare(app.routes);
  return app;
}

/** `/api/v1/...` is the same API. */
function unversionedPath(request: Request): string {
  const path = getPath(request);
  return path.startsWith("/api/v1") ? path.replace(/^\/api\/v1(?=\/|$)/, "/api") : path;
}
