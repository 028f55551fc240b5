import { type RouteHandler, z } from "@hono/zod-openapi";
import type { FailedJobRow } from "../actors/job/rows.ts";
import { jobTables } from "../actors/job/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { kindParam } from "./actor_address.ts";
import { readCursor } from "./cursor.ts";
import { deadLetterParams, deadLetterView, newestFirst, ofJob, ofMessage, type Placed } from "./dead_letter_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^\d{1,15}\.[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/dead-letters",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listDeadLetters",
  tags: ["dead letters"],
  summary: "What was given up, newest first: messages out of attempts, and failed jobs",
  description:
    "A message that no attempt brought to its end is kept here with its error, and so are jobs that failed. " +
    "Retry one when its cause is mended, or delete it.",
  request: {
    query: z.strictObject({
      ...paging,
      kind: kindParam.optional().openapi({ description: "Of this kind or job type only" }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(deadLetterView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { kind, limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? undefined : placeIn(cursor);
    const [jobs, messages] = await Promise.all([
      failedJobs(system, tenant, { kind, before, limit: limit + 1 }),
      system.deadLetters.page({
        tenant,
        limit: limit + 1,
        ...(kind === undefined ? {} : { kind }),
        ...(before === undefined ? {} : { before }),
      }),
    ]);
    const letters = [...jobs.map(ofJob), ...messages.map(ofMessage)].sort(newestFirst);
    const placeOf = ({ diedAt, view }: Placed) => `${diedAt}.${view.id}`;
    return c.json(pageOf(letters, { limit, view: ({ view }) => view, placeOf }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/dead-letters/{id}",
  access: "viewer",
  operationId: "getDeadLetter",
  tags: ["dead letters"],
  summary: "One dead letter",
  request: { params: deadLetterParams },
  responses: {
    200: { description: "The dead letter", content: { "application/json": { schema: deadLetterView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const job = hasJobs(system) ? await system.point(tenant, jobTables.queries.failedById, { id }) : null;
    if (job !== null) return c.json(ofJob(job).view, 200);
    const letter = await system.deadLetters.get(tenant, id);
    if (letter === null) throw noDeadLetter();
    return c.json(ofMessage(letter).view, 200);
  };
}

/** An installation without job types has no tables for them. */
export function hasJobs({ registry }: System): boolean {
  return registry.tables.has(jobTables.name);
}

/** The same for one that never was, one that is gone and another tenant's. */
export function noDeadLetter(): RuntimeError {
  return new RuntimeError("not-found", "There is no such dead letter");
}

type Place = { readonly diedAt: number; readonly id: string };

function placeIn(cursor: string): Place {
  const [diedAt, id] = readCursor(cursor, PLACE).split(".") as [string, string];
  return { diedAt: Number(diedAt), id };
}

async function failedJobs(
  system: System,
  tenant: string,
  { kind, before, limit }: { kind: string | undefined; before: Place | undefined; limit: number },
): Promise<readonly FailedJobRow[]> {
  if (!hasJobs(system)) return [];
  return await system.query(tenant, jobTables.queries.failed, {
    type: kind,
    before: before && { finishedAt: before.diedAt, id: before.id },
    limit,
  });
}
