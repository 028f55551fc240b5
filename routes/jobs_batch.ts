import { type RouteHandler, z } from "@hono/zod-openapi";
import { type Fault, InvalidError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { answeredBy, idempotencyOf } from "./idempotency.ts";
import { firstWithKey, idempotencyHeader } from "./jobs_submit.ts";
import { invalid, Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import {
  inPayload,
  jobKindOf,
  place,
  type Placed,
  type Submission,
  submission,
  type Submitted,
  submittedView,
  type Submitter,
  submitterIn,
} from "./submission.ts";

const MAX_JOBS = 1_000;
const MAX_FAULTS = 50;

const batch = z.strictObject({
  jobs: z.array(submission).min(1).max(MAX_JOBS).openapi({ description: "Accepted all or none" }),
}).openapi("JobBatch");
const accepted = z.object({
  batchId: z.string().nullable().openapi({
    description:
      "Where they are counted together: `GET /api/batches/{id}`; null where an older version has taken them in",
  }),
  items: z.array(submittedView),
});

export const batchRoute = createRoute({
  method: "post",
  path: "/api/jobs/batch",
  access: "operator",
  operationId: "submitJobs",
  tags: ["jobs"],
  summary: `Submit up to ${MAX_JOBS} jobs at once: all are accepted or none`,
  request: {
    headers: idempotencyHeader,
    body: {
      required: true,
      content: {
        "application/json": {
          // A bare array of jobs means the same.
          schema: z.preprocess((body) => Array.isArray(body) ? { jobs: body } : body, batch),
        },
      },
    },
  },
  responses: {
    201: { description: "The jobs in the order of the request", content: { "application/json": { schema: accepted } } },
    ...problems,
  },
});

export function submitBatch({ system, submissions, deedOf }: Deps): RouteHandler<typeof batchRoute, AppEnv> {
  return async (c) => {
    const { jobs } = c.req.valid("json");
    const tenant = c.get("tenant");
    const key = c.req.header("idempotency-key");
    const repeat = await idempotencyOf(key, { scope: "POST /api/jobs/batch", request: jobs });
    const batchId = system.createId();
    const placed = placeAll(system, jobs, { ...submitterIn(system, tenant), batchId });
    await submissions.take(tenant, placed.length);
    const views = placed.map(({ view }) => view);
    const told = await system.tellAll(placed.map(({ command }) => command), {
      deed: deedOf(c, subjectOf(placed)),
      ...answeredBy(repeat, views),
      batch: { id: batchId, name: "jobs" },
    });
    const [first] = told;
    if (first?.accepted === false && first.by === "idempotency") {
      const items = JSON.parse(first.answer) as Submitted[];
      return c.json({ batchId: items[0]?.batchId ?? null, items }, 201, { "Idempotency-Replayed": "true" });
    }
    const answered = await Promise.all(
      told.map((one, index) =>
        !one.accepted && one.by === "dedupe" ? firstWithKey({ system }, tenant, one.key) : views[index]!
      ),
    );
    return c.json({ batchId, items: answered }, 201);
  };
}

/** The first of them, which there is not if a dedupe key holds it, and how many more. */
function subjectOf(placed: readonly Placed[]): string {
  const { view: { id } } = placed.find(({ command }) => command.dedupeKey === undefined) ?? placed[0]!;
  return placed.length === 1 ? `job/${id}` : `job/${id} +${placed.length - 1}`;
}

/** Everything that can be wrong with any of them is told at once. */
function placeAll(system: System, jobs: readonly Submission[], by: Omit<Submitter, "id">): readonly Placed[] {
  const faults: Fault[] = [];
  const placed: Placed[] = [];
  for (const [index, job] of jobs.entries()) {
    const at = `/jobs/${index}`;
    try {
      const kind = jobKindOf(system.registry, job, at);
      const parsed = kind.messages.run.safeParse(job.payload ?? {});
      if (parsed.success) placed.push(place(kind, job, { ...by, id: system.createId() }, at));
      else faults.push(...inPayload(new InvalidError("payload", parsed.error).faults, at));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      faults.push(...thrown.faults);
    }
  }
  if (faults.length > 0) throw invalid("The batch has jobs that cannot be accepted", faults.slice(0, MAX_FAULTS));
  return placed;
}
