import { type RouteHandler, z } from "@hono/zod-openapi";
import type { StoredEvent } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { Principal } from "./access/principal.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";
import { type GapStep, openEventStream } from "./sse.ts";
import type { Format } from "./sse_chunks.ts";
import { eventFrame, frame, idFrame, retryFrame } from "./sse_frames.ts";
import { lastEventIdOf, streamHeaders, streamQuery, streamResponse } from "./sse_request.ts";

const TOPICS = /^[a-z][a-z0-9-]*(,[a-z][a-z0-9-]*){0,49}$/;

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

export function notifications(deps: Deps): RouteHandler<typeof notificationsRoute, AppEnv> {
  const { system } = deps;
  return async (c) => {
    const { principal } = c.var;
    const { topics, named, lastEventId } = c.req.valid("query");
    const after = lastEventIdOf(c, lastEventId) ?? await system.feed.last(principal.tenant);
    return streamResponse(c, open(deps, { principal, topics, named: named === "true", after }));
  };
}

interface Wanted {
  readonly principal: Principal;
  readonly topics: string | undefined;
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

const EVERYTHING = {
  named: { key: "named", write: (event: StoredEvent) => eventFrame(event, { named: true }) },
  unnamed: { key: "unnamed", write: (event: StoredEvent) => eventFrame(event, { named: false }) },
} as const satisfies Record<string, Format>;

function formatOf(topics: string | undefined, named: boolean): Format {
  const { key, write } = EVERYTHING[named ? "named" : "unnamed"];
  if (topics === undefined) return EVERYTHING[named ? "named" : "unnamed"];
  const wanted = new Set(topics.split(",").sort());
  return {
    key: `${key} ${[...wanted]}`,
    write: (event) => wanted.has(topicOf(event)) ? write(event) : null,
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
