import { createRoute, type RouteHandler, z } from "@hono/zod-openapi";
import type { JobRow } from "../actors/job/rows.ts";
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

export function stream({ system, clock, streams }: Deps): RouteHandler<typeof streamRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const query = c.req.valid("query");
    const named = query.named === "true";
    const resumed = lastEventIdOf(c, query.lastEventId);
    // In this order: whatever the job does after it was looked at bears a higher number.
    const last = await system.feed.last(tenant);
    const row = await jobOf(system, tenant, id);
    const jobFrame = (row: JobRow, number: number) =>
      frame({ id: number, name: named ? "job" : undefined, data: JSON.stringify(viewOf(system, row)) });

    if (isFinished(row)) {
      if (resumed === last) return c.body(null, 204);
      return streamResponse(
        c,
        () => ReadableStream.from([retryFrame() + jobFrame(row, last)]).pipeThrough(new TextEncoderStream()),
      );
    }
    const after = resumed ?? last;
    return streamResponse(c, () => {
      const leave = streams.enter();
      const subject = `job/${id}`;
      return openEventStream({
        reader: system.feed.follow(tenant, after),
        clock,
        opening: retryFrame() + (resumed === undefined ? jobFrame(row, last) : idFrame(after)),
        write: (event) => event.subject === subject ? eventFrame(event, { named }) : null,
        async writeGap(step) {
          const to = step.step === "gap" ? step.trimmedTo : step.last;
          const row = await jobOf(system, tenant, id);
          return { text: gapFrame(step, { named }) + jobFrame(row, to), isLast: isFinished(row) };
        },
        isLast: (event) => event.subject === subject && ENDINGS.includes(event.type),
        onCut: () => system.diagnostics.tell({ event: "reader.cut", tenant, reason: "it did not read for 30 s" }),
        onEnd: leave,
      });
    });
  };
}
