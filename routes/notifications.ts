import { createRoute, type RouteHandler, z } from "@hono/zod-openapi";
import type { StoredEvent } from "../runtime/mod.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";
import { type GapStep, openEventStream } from "./sse.ts";
import { eventFrame, frame, idFrame, retryFrame } from "./sse_frames.ts";
import { lastEventIdOf, streamHeaders, streamQuery, streamResponse } from "./sse_request.ts";

const TOPICS = /^[a-z][a-z0-9-]*(,[a-z][a-z0-9-]*){0,49}$/;

export const notificationsRoute = createRoute({
  method: "get",
  path: "/api/notifications/stream",
  operationId: "streamNotifications",
  tags: ["notifications"],
  summary: "The tenant's events as they are committed (server-sent events)",
  request: {
    headers: streamHeaders,
    query: z.strictObject({
      ...streamQuery,
      topics: z.string().regex(TOPICS, "must be words with commas between them").optional().openapi({
        description: "Only events whose type begins with one of these words",
        example: "job,parcel",
      }),
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

export function notifications({ system, clock, streams }: Deps): RouteHandler<typeof notificationsRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { topics, named: namedText, lastEventId } = c.req.valid("query");
    const named = namedText === "true";
    const wanted = topics === undefined ? null : new Set(topics.split(","));
    const after = lastEventIdOf(c, lastEventId) ?? await system.feed.last(tenant);
    return streamResponse(c, () => {
      const leave = streams.enter();
      return openEventStream({
        reader: system.feed.follow(tenant, after),
        clock,
        opening: retryFrame() + idFrame(after),
        write: (event) => wanted === null || wanted.has(topicOf(event)) ? eventFrame(event, { named }) : null,
        writeGap: (step) => ({ text: gapFrame(step, { named }), isLast: false }),
        onCut: () => system.diagnostics.tell({ event: "reader.cut", tenant, reason: "it did not read for 30 s" }),
        onEnd: leave,
      });
    });
  };
}

/** Tells a reader that its place in the log is no more, and from where it goes on. */
export function gapFrame(step: GapStep, { named }: { named: boolean }): string {
  const id = step.step === "gap" ? step.trimmedTo : step.last;
  const data = step.step === "gap"
    ? { type: "gap", reason: "trimmed", trimmedTo: step.trimmedTo }
    : { type: "gap", reason: "future", last: step.last };
  return frame({ id, name: named ? "gap" : undefined, data: JSON.stringify(data) });
}

function topicOf({ type }: StoredEvent): string {
  return type.split(".", 1)[0]!;
}
