import { type RouteHandler, z } from "@hono/zod-openapi";
import { discard as discardJob } from "../actors/job/discard.ts";
import type { JobRow } from "../actors/job/rows.ts";
import { jobTables } from "../actors/job/tables.ts";
import { type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { hasJobs, noDeadLetter } from "./dead_letters.ts";
import type { AppEnv, Deps } from "./env.ts";
import { deadLetterParams } from "./dead_letter_view.ts";
import { runAgain } from "./jobs_act.ts";
import { problems } from "./problem_schema.ts";

const retried = z.object({
  source: z.enum(["message", "job"]).openapi({ description: "What it is" }),
  kind: z.string().openapi({ description: "Of the actor; of a job its type" }),
  key: z.string().openapi({ description: "Of the actor that gets it again; of a job its id" }),
  messageId: z.string().openapi({ description: "Of the new message" }),
}).openapi("RetriedDeadLetter");

export const retryRoute = createRoute({
  method: "post",
  path: "/api/dead-letters/{id}/retry",
  access: "operator",
  operationId: "retryDeadLetter",
  tags: ["dead letters"],
  summary: "Send a dead letter to its actor again, with all its attempts",
  description: "Of several retries of one dead letter at once one succeeds. For a job it is the same as its own retry.",
  request: { params: deadLetterParams },
  responses: {
    202: { description: "It is in its mailbox again", content: { "application/json": { schema: retried } } },
    ...problems,
  },
});

export function retry({ system, submissions, deedOf }: Deps): RouteHandler<typeof retryRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const job = await jobIn(system, tenant, id);
    if (job !== null) {
      const failed = mustHaveFailed(job);
      await submissions.take(tenant, 1);
      const { messageId } = await runAgain(system, failed, deedOf(c, `job/${id}`));
      return c.json({ source: "job" as const, kind: job.type, key: id, messageId }, 202, {
        Location: `/api/jobs/${id}`,
      });
    }
    const letter = await system.deadLetters.get(tenant, id);
    if (letter === null) throw noDeadLetter();
    const { kind, key } = letter;
    await submissions.take(tenant, 1);
    const deed = deedOf(c, `dead-letter/${id}`);
    const { messageId } = await system.deadLetters.retry(tenant, id, deed).catch(sayGone);
    return c.json({ source: "message" as const, kind, key, messageId }, 202, {
      Location: `/api/actors/${kind}/${key}`,
    });
  };
}

export const discardRoute = createRoute({
  method: "delete",
  path: "/api/dead-letters/{id}",
  access: "operator",
  operationId: "deleteDeadLetter",
  tags: ["dead letters"],
  summary: "Delete a dead letter for good; a failed job goes with all its attempts",
  request: { params: deadLetterParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

export function discard({ system, deedOf }: Deps): RouteHandler<typeof discardRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const job = await jobIn(system, tenant, id);
    if (job === null) await system.deadLetters.discard(tenant, id, deedOf(c, `dead-letter/${id}`)).catch(sayGone);
    else await removeJob(system, job, deedOf(c, `job/${id}`));
    return c.body(null, 204);
  };
}

/** A job of whatever status: one that has not failed is answered 409, not 404. */
async function jobIn(system: System, tenant: string, id: string): Promise<JobRow | null> {
  return hasJobs(system) ? await system.point(tenant, jobTables.queries.byId, { id }) : null;
}

function mustHaveFailed(job: JobRow): JobRow {
  if (job.status === "failed") return job;
  throw new RuntimeError("conflict", `The job is ${job.status}: only one that has failed is a dead letter`);
}

async function removeJob(system: System, job: JobRow, deed: Deed): Promise<void> {
  const { tenant, id } = job;
  const input = await system.point(tenant, jobTables.queries.input, { id });
  await system.write(tenant, discardJob(job, { input, by: deed.by }), deed).catch(async (thrown: unknown) => {
    if (!(thrown instanceof RuntimeError && thrown.code === "conflict")) throw thrown;
    const now = await jobIn(system, tenant, id);
    if (now === null) throw noDeadLetter();
    mustHaveFailed(now);
    throw thrown;
  });
}

function sayGone(thrown: unknown): never {
  throw thrown instanceof RuntimeError && thrown.code === "not-found" ? noDeadLetter() : thrown;
}
