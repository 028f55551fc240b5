import { type RouteHandler, z } from "@hono/zod-openapi";
import type { JobRow } from "../actors/job/rows.ts";
import type { System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { Principal } from "./access/principal.ts";
import type { AppEnv, Deps } from "./env.ts";
import { jobOf, jobParams } from "./job_address.ts";
import { isFinished, viewOf } from "./job_view.ts";
import { gapFrame } from "./notifications.ts";
import { problems } from "./problem_schema.ts";
import { openEventStream } from "./sse.ts";
import { eventFrame, frame, idFrame, retryFrame } from "./sse_frames.ts";
import { lastEventIdOf, streamHeaders, streamQuery, streamResponse } from "./sse_request.ts";

const ENDINGS = ["job.succeeded", "job.failed", "job.cancelled"];

export const streamRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}/stream",
  access: "viewer",
  takesTicket: true,
  operationId: "streamJob",
  tags: ["jobs"],
  summary: "One job as it goes on (server-sent events); ends with the job",
  request: { params: jobParams, headers: streamHeaders, query: z.strictObject(streamQuery) },
  responses: {
    200: {
      description: "First an event `job` with the job as it is (unless this resumes), then its `job.*` events",
      content: { "text/event-stream": { schema: z.string() } },
    },
    204: { description: "The job has finished and the reader knows: a browser does not connect again" },
    ...problems,
  },
});

export function stream(deps: Deps): RouteHandler<typeof streamRoute, AppEnv> {
  const { system } = deps;
  return async (c) => {
    const { principal } = c.var;
    const { id } = c.req.valid("param");
    const query = c.req.valid("query");
    const named = query.named === "true";
    const resumed = lastEventIdOf(c, query.lastEventId);
    // In this order: whatever the job does after it was looked at bears a higher number.
    const last = await system.feed.last(principal.tenant);
    const row = await jobOf(system, principal.tenant, id);
    const jobFrame = jobFrames(system, { named });

    if (isFinished(row)) {
      if (resumed === last) return c.body(null, 204);
      return streamResponse(
        c,
        () => ReadableStream.from([retryFrame() + jobFrame(row, last)]).pipeThrough(new TextEncoderStream()),
      );
    }
    const opening = retryFrame() + (resumed === undefined ? jobFrame(row, last) : idFrame(resumed));
    return streamResponse(c, open(deps, { principal, id, named, after: resumed ?? last, opening }));
  };
}

interface Wanted {
  readonly principal: Principal;
  readonly id: string;
  readonly named: boolean;
  readonly after: number;
  readonly opening: string;
}

/** Apart from the handler, so that a stream that stays open holds nothing of its request. */
function open(
  { system, clock, streams }: Deps,
  { principal, id, named, after, opening }: Wanted,
): () => ReadableStream<Uint8Array> {
  const { tenant } = principal;
  const jobFrame = jobFrames(system, { named });
  const subject = `job/${id}`;
  return () => {
    const leave = streams.enter();
    return openEventStream({
      reader: system.feed.follow(tenant, after),
      clock,
      streams,
      principal,
      opening,
      format: {
        write: (event) => event.subject === subject ? eventFrame(event, { named }) : null,
        isLast: (event) => event.subject === subject && ENDINGS.includes(event.type),
      },
      async writeGap(step) {
        const to = step.step === "gap" ? step.trimmedTo : step.last;
        const row = await jobOf(system, tenant, id);
        return { text: gapFrame(step, { named }) + jobFrame(row, to), isLast: isFinished(row) };
      },
      onCut: () => system.diagnostics.tell({ event: "reader.cut", tenant, reason: "it did not read for 30 s" }),
      onEnd: leave,
    });
  };
}

function jobFrames(system: System, { named }: { named: boolean }): (row: JobRow, number: number) => string {
  return (row, number) =>
    frame({ id: number, name: named ? "job" : undefined, data: JSON.stringify(viewOf(system, row)) });
}
