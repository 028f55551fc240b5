import type { RouteHandler } from "@hono/zod-openapi";
import type { JobRow } from "../actors/job/rows.ts";
import { type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { jobOf, jobParams } from "./job_address.ts";
import { isFinished, jobView, viewOf } from "./job_view.ts";
import { problems } from "./problem_schema.ts";

const job = { "application/json": { schema: jobView } };

export const cancelRoute = createRoute({
  method: "post",
  path: "/api/jobs/{id}/cancel",
  access: "operator",
  operationId: "cancelJob",
  tags: ["jobs"],
  summary: "Cancel a job that has not finished",
  request: { params: jobParams },
  responses: {
    200: { description: "It was waiting and is cancelled", content: job },
    202: { description: "It is running and was told; its own outcome decides, and no retry follows", content: job },
    ...problems,
  },
});

export function cancel({ system, deedOf }: Deps): RouteHandler<typeof cancelRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const row = await jobOf(system, tenant, id);
    if (isFinished(row)) throw overAlready(row);
    const wish = await system.cancel({ tenant, kind: row.type, key: id }, deedOf(c, `job/${id}`)).catch(
      async (thrown: unknown) => {
        throw await overInTheMeantime(system, row) ?? thrown;
      },
    );
    const job = viewOf(system, await jobOf(system, tenant, id));
    return wish === "cancelled" ? c.json(job, 200) : c.json(job, 202);
  };
}

export const retryRoute = createRoute({
  method: "post",
  path: "/api/jobs/{id}/retry",
  access: "operator",
  operationId: "retryJob",
  tags: ["jobs"],
  summary: "Run a finished job again, as a new run of the same job",
  request: { params: jobParams },
  responses: { 202: { description: "The job, queued again", content: job }, ...problems },
});

export function retry({ system, submissions, deedOf }: Deps): RouteHandler<typeof retryRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const row = await jobOf(system, tenant, id);
    await submissions.take(tenant, 1);
    await runAgain(system, row, deedOf(c, `job/${id}`));
    return c.json(viewOf(system, await jobOf(system, tenant, id)), 202);
  };
}

/**
 * Queues a new run of a job that has finished; of several at once one succeeds.
 * @throws {RuntimeError} `conflict` when it has not finished, or its last run is another one than that of `row`
 */
export async function runAgain(system: System, row: JobRow, deed: Deed): Promise<{ readonly messageId: string }> {
  const { tenant, id, type, status, run, maxAttempts, priority, timeoutMs, dedupeKey, batchId } = row;
  if (status === "queued" || status === "running") {
    throw new RuntimeError("conflict", `The job is ${status}: only one that has finished can be retried`);
  }
  if (!system.registry.kinds.has(type)) {
    throw new RuntimeError("conflict", "The type of this job is no longer known: it cannot be retried");
  }
  const told = await system.tell({ tenant, kind: type, key: id }, "run", JSON.parse(row.payload), {
    deed,
    again: run,
    maxAttempts,
    priority,
    ...(timeoutMs > 0 ? { timeoutMs } : {}),
    ...(dedupeKey === null ? {} : { dedupeKey }),
    ...(batchId === null ? {} : { batch: { id: batchId, was: status } }),
  }).catch((thrown: unknown) => {
    const isLate = thrown instanceof RuntimeError && thrown.code === "conflict";
    throw isLate ? new RuntimeError("conflict", "The job has been retried in the meantime") : thrown;
  });
  if (told.accepted) return told;
  throw new RuntimeError("conflict", "Another unfinished job bears the dedupe key of this one");
}

/** Between the look and the act a job may end by itself; then that is what is told. */
async function overInTheMeantime(system: System, { tenant, id }: JobRow): Promise<RuntimeError | null> {
  const row = await jobOf(system, tenant, id);
  return isFinished(row) ? overAlready(row) : null;
}

function overAlready({ status }: JobRow): RuntimeError {
  return new RuntimeError("conflict", `The job has ${status === "cancelled" ? "been cancelled" : status} already`);
}
