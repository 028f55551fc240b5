import { type RouteHandler, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createRoute } from "./access/create_route.ts";
import { tenantQuery } from "./access/named_tenant.ts";
import type { Principal } from "./access/principal.ts";
import type { AppEnv, Deps } from "./env.ts";
import { type Topics, topicsIn, topicsQuery } from "./event_topics.ts";
import { isOwnOrigin } from "./middleware/host_guard.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { openSocketStream } from "./socket_stream.ts";
import { lastEventIdOf, streamQuery } from "./sse_request.ts";

/** Without an answer to a ping for so long the connection is dead. */
const SILENCE_S = 30;

export const socketRoute = createRoute({
  method: "get",
  path: "/api/notifications/ws",
  access: "viewer",
  takesTicket: true,
  operationId: "openNotificationsSocket",
  tags: ["notifications"],
  summary: "The tenant's events as they are committed (WebSocket)",
  description:
    'The same feed as the event stream, with the same numbers. Sent are JSON texts: `{"type":"events","id","events":' +
    '[{"id","type","subject","at","data"}]}`; `topics` at first and after each change, `place` every 15 s while nothing ' +
    "is to be said, `gap` where events were removed before they could be sent; `id` is always where to resume. Taken are " +
    '`{"type":"subscribe","topics":["job"]}`, `unsubscribe` and `ping`. Closed with 4401 when what it was opened with is ' +
    "over, 4408 when nothing is read, 4429 after too many messages, 4503 to come back.",
  request: {
    query: z.strictObject({
      tenant: tenantQuery,
      ticket: streamQuery.ticket,
      lastEventId: streamQuery.lastEventId,
      topics: topicsQuery,
    }),
  },
  responses: {
    101: { description: "A WebSocket from here on" },
    426: { description: "It was not asked for as a WebSocket" },
    ...problems,
  },
});

export function socket(deps: Deps): RouteHandler<typeof socketRoute, AppEnv> {
  const { system, config: { corsOrigins = [] } } = deps;
  return async (c) => {
    mustAskForSocket(c);
    mustComeFromKnownPage(c, corsOrigins);
    const { principal } = c.var;
    const { topics, lastEventId } = c.req.valid("query");
    const after = lastEventIdOf(c, lastEventId) ?? await system.feed.last(principal.tenant);
    return upgrade(deps, c.req.raw, { principal, topics: topicsIn(topics), after }) as never;
  };
}

/** Apart from the handler, so that a socket that stays open holds nothing of its request. */
function upgrade(
  { system, clock, streams }: Deps,
  request: Request,
  { principal, topics, after }: { principal: Principal; topics: Topics; after: number },
): Response {
  const { tenant } = principal;
  const leave = streams.enter();
  try {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: SILENCE_S });
    openSocketStream(socket, {
      reader: system.feed.follow(tenant, after),
      ...{ clock, streams, principal, topics },
      onCut: () => system.diagnostics.tell({ event: "reader.cut", tenant, reason: "it did not read for 30 s" }),
      onEnd: leave,
    });
    return response;
  } catch {
    leave();
    throw new Refusal(400, "The WebSocket cannot be opened: its handshake is not whole");
  }
}

/** @throws {Refusal} 426 */
function mustAskForSocket(c: Context<AppEnv>): void {
  if (c.req.header("upgrade")?.toLowerCase() === "websocket") return;
  throw new Refusal(426, "This is a WebSocket: connect to it with ws:// or wss://", {
    headers: { Upgrade: "websocket", Connection: "Upgrade" },
  });
}

/**
 * Browsers let any page open a socket anywhere, with the cookies that go there, and show it what comes: where CORS guards
 * event streams, here only the server can.
 * @throws {Refusal} 403
 */
function mustComeFromKnownPage(c: Context<AppEnv>, origins: readonly string[]): void {
  const origin = c.req.header("origin");
  if (origin === undefined || isOwnOrigin(c) || (origins.includes(origin) && c.req.header("cookie") === undefined)) {
    return;
  }
  throw new Refusal(403, "A page of another origin may not read here: CORS_ORIGINS says which may, with a ticket");
}
