import { type RouteHandler, z } from "@hono/zod-openapi";
import { jobTables } from "../actors/job/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { ULID } from "./job_address.ts";
import { JOB_STATUSES, type JobView, jobView, viewText } from "./job_view.ts";
import { jsonText } from "./json_text.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

/** `a,b` and a parameter that is given twice are both lists. */
const statuses = z.preprocess(
  (given) => given === undefined ? undefined : [given].flat().flatMap((part) => String(part).split(",")),
  z.array(z.enum(JOB_STATUSES)).max(JOB_STATUSES.length).optional(),
).openapi({ type: "string", description: "Of these statuses only", example: "queued,running" });

const instant = z.iso.datetime({ offset: true });

const filters = z.strictObject({
  ...paging,
  status: statuses,
  type: z.string().max(100).optional().openapi({ description: "Of this type only", example: "import" }),
  batchId: z.string().max(100).optional().openapi({ description: "Counted in this batch only" }),
  createdFrom: instant.optional().openapi({ description: "Inclusive" }),
  createdUntil: instant.optional().openapi({ description: "Exclusive" }),
});

export const listRoute = createRoute({
  method: "get",
  path: "/api/jobs",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listJobs",
  tags: ["jobs"],
  summary: "Jobs, newest first",
  request: { query: filters },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(jobView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { status, type, batchId, createdFrom, createdUntil, limit, cursor } = c.req.valid("query");
    const rows = await system.query(c.var.tenant, jobTables.queries.page, {
      status,
      type,
      batchId,
      createdFrom: createdFrom === undefined ? undefined : Date.parse(createdFrom),
      createdUntil: createdUntil === undefined ? undefined : Date.parse(createdUntil),
      before: cursor === undefined ? undefined : readCursor(cursor, ULID),
      limit: limit + 1,
    });
    const { items, nextCursor } = pageOf(rows, {
      limit,
      view: (row) => viewText(system, row),
      placeOf: ({ id }) => id,
    });
    const text = `{"items":[${items.join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`;
    return jsonText<{ items: JobView[]; nextCursor: string | null }>(c, text);
  };
}
