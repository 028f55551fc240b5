import { type RouteHandler, z } from "@hono/zod-openapi";
import { jobTables } from "../actors/job/tables.ts";
import { InvalidError, RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { answeredBy, idempotencyOf } from "./idempotency.ts";
import { viewOf } from "./job_view.ts";
import { jsonText } from "./json_text.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { inPayload, jobKindOf, place, submission, type Submitted, submittedView, submitterIn } from "./submission.ts";

const job = { "application/json": { schema: submittedView } };

/** `Idempotency-Key`, for the documents: its spelling is checked where it is used. */
export const idempotencyHeader = z.object({
  "Idempotency-Key": z.string().optional().openapi({
    description:
      "A repeat within 24 hours is answered as the first request was; another request with the same key is a 422",
  }),
});

export const submitRoute = createRoute({
  method: "post",
  path: "/api/jobs",
  access: "operator",
  operationId: "submitJob",
  tags: ["jobs"],
  summary: "Submit a job; the answer comes when it is on disk, before it runs",
  request: {
    headers: idempotencyHeader,
    body: { required: true, content: { "application/json": { schema: submission } } },
  },
  responses: {
    201: {
      description: "The job, queued; for a repeat of an Idempotency-Key what the first was answered",
      content: job,
    },
    200: { description: "The unfinished job that bears the dedupe key", content: job },
    ...problems,
  },
});

export function submit({ system, submissions, deedOf }: Deps): RouteHandler<typeof submitRoute, AppEnv> {
  return async (c) => {
    const given = c.req.valid("json");
    const tenant = c.get("tenant");
    const kind = jobKindOf(system.registry, given);
    const repeat = await idempotencyOf(c.req.header("idempotency-key"), { scope: "POST /api/jobs", request: given });
    await submissions.take(tenant, 1);
    const { command, view } = place(kind, given, { ...submitterIn(system, tenant), id: system.createId() });
    const { to, message, payload, ...options } = command;
    const deed = deedOf(c, `job/${view.id}`);
    const told = await system.tell(to, message, payload, { ...options, deed, ...answeredBy(repeat, view) })
      .catch(blamePayload);
    if (told.accepted) {
      return jsonText<Submitted, 201>(c, JSON.stringify(view), {
        status: 201,
        headers: { Location: `/api/jobs/${view.id}` },
      });
    }
    if (told.by === "idempotency") {
      const first = JSON.parse(told.answer) as Submitted;
      return c.json(first, 201, { "Location": `/api/jobs/${first.id}`, "Idempotency-Replayed": "true" });
    }
    const first = await firstWithKey({ system }, tenant, told.key);
    return c.json(first, 200, { Location: `/api/jobs/${first.id}` });
  };
}

/** The job that holds a dedupe key. @throws {RuntimeError} `conflict` when it is gone */
export async function firstWithKey({ system }: Pick<Deps, "system">, tenant: string, id: string): Promise<Submitted> {
  const row = await system.point(tenant, jobTables.queries.byId, { id });
  if (row === null) throw new RuntimeError("conflict", "The job with this dedupe key has just gone: submit again");
  return { ...viewOf(system, row), jobId: id };
}

/** The runtime speaks of the message; who submitted sees it as a part of the body. */
function blamePayload(thrown: unknown): never {
  if (thrown instanceof InvalidError) throw invalid(thrown.message, inPayload(thrown.faults));
  throw thrown;
}
