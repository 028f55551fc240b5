import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import type { Principal } from "./access/principal.ts";
import type { Format } from "./event_chunks.ts";
import { gapOf, type GapStep } from "./event_json.ts";
import { isOfTopics, type Topics, topicsIn, topicsKey, topicsQuery } from "./event_topics.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";
import { openEventStream } from "./sse.ts";
import { eventFrame, frame, idFrame, retryFrame } from "./sse_frames.ts";
import { lastEventIdOf, streamHeaders, streamQuery, streamResponse } from "./sse_request.ts";

export const notificationsRoute = createRoute({
  method: "get",
  path: "/api/notifications/stream",
  access: "viewer",
  takesTicket: true,
  operationId: "streamNotifications",
  tags: ["notifications"],
  summary: "The tenant's events as they are committed (server-sent events)",
  request: {
    headers: streamHeaders,
    query: z.strictObject({
      ...streamQuery,
      topics: topicsQuery,
    }),
  },
  responses: {
    200: {
      description:
        "`id` is the event's number, `event` its type, `data` a JSON object with type, subject, at and data; " +
        "an event `gap` tells that events were removed before they could be sent",
      content: { "text/event-stream": { schema: z.string() } },
    },
    ...problems,
  },
});

export function notifications(deps: Deps): RouteHandler<typeof notificationsRoute, AppEnv> {
  const { system } = deps;
  return async (c) => {
    const { principal } = c.var;
    const { topics, named, lastEventId } = c.req.valid("query");
    const after = lastEventIdOf(c, lastEventId) ?? await system.feed.last(principal.tenant);
    return streamResponse(c, open(deps, { principal, topics: topicsIn(topics), named: named === "true", after }));
  };
}

interface Wanted {
  readonly principal: Principal;
  readonly topics: Topics;
  readonly named: boolean;
  readonly after: number;
}

/** Apart from the handler, so that a stream that stays open holds nothing of its request. */
function open(
  { system, clock, streams }: Deps,
  { principal, topics, named, after }: Wanted,
): () => ReadableStream<Uint8Array> {
  const { tenant } = principal;
  return () => {
    const leave = streams.enter();
    return openEventStream({
      reader: system.feed.follow(tenant, after),
      clock,
      streams,
      principal,
      opening: retryFrame() + idFrame(after),
      format: formatOf(topics, named),
      writeGap: (step) => ({ text: gapFrame(step, { named }), isLast: false }),
      onCut: () => system.diagnostics.tell({ event: "reader.cut", tenant, reason: "it did not read for 30 s" }),
      onEnd: leave,
    });
  };
}

const EVERYTHING = { named: makeFormat(null, true), unnamed: makeFormat(null, false) };

function formatOf(topics: Topics, named: boolean): Format {
  return topics === null ? EVERYTHING[named ? "named" : "unnamed"] : makeFormat(topics, named);
}

function makeFormat(topics: Topics, named: boolean): Format {
  return {
    key: `${named ? "named" : "unnamed"} ${topicsKey(topics)}`,
    write: (event) => isOfTopics(event, topics) ? eventFrame(event, { named }) : null,
  };
}

/** Tells a reader that its place in the log is no more, and from where it goes on. */
export function gapFrame(step: GapStep, { named }: { named: boolean }): string {
  const { id, told } = gapOf(step);
  return frame({ id, name: named ? "gap" : undefined, data: JSON.stringify(told) });
}
