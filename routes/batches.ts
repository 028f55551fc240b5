import { type RouteHandler, z } from "@hono/zod-openapi";
import { batchTables, RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { treeOf } from "./batch_tree.ts";
import { BATCH_ID, batchOf, batchParams, batchSummary, batchView, summaryOf } from "./batch_view.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const batch = { "application/json": { schema: batchView } };

export const listRoute = createRoute({
  method: "get",
  path: "/api/batches",
  access: "viewer",
  // Children are counted without an event.
  dedupe: { windowMs: 1_000 },
  operationId: "listBatches",
  tags: ["batches"],
  summary: "Batches, newest first",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(batchSummary) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? {} : { before: readCursor(cursor, BATCH_ID) };
    const rows = await system.query(c.var.tenant, batchTables.queries.page, { ...before, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: summaryOf, placeOf: ({ id }) => id }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/batches/{id}",
  access: "viewer",
  operationId: "getBatch",
  tags: ["batches"],
  summary: "A batch: how many of its children have ended, and how, and the batches below it",
  request: { params: batchParams },
  responses: { 200: { description: "The batch", content: batch }, ...problems },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const row = await batchOf(system, c.var.tenant, c.req.valid("param").id);
    return c.json(await treeOf(system, row), 200);
  };
}

export const cancelRoute = createRoute({
  method: "post",
  path: "/api/batches/{id}/cancel",
  access: "operator",
  operationId: "cancelBatch",
  tags: ["batches"],
  summary: "Cancel all children of a batch that have not ended, and those of batches below it",
  description:
    "Those that wait leave the queue, those that run are told to end, those that come later end at once. Whoever " +
    "has spawned the batch goes on, and is told of its end.",
  request: { params: batchParams },
  responses: {
    202: { description: "It is kept, and done soon, whatever happens meanwhile", content: batch },
    ...problems,
  },
});

export function cancel({ system, deedOf }: Deps): RouteHandler<typeof cancelRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    await batchOf(system, tenant, id);
    await system.batches.cancel(tenant, id, deedOf(c, `batch/${id}`)).catch((thrown: unknown) => {
      const isLate = thrown instanceof RuntimeError && thrown.code === "conflict";
      throw isLate ? new RuntimeError("conflict", "All children of the batch have ended already") : thrown;
    });
    return c.json(await treeOf(system, await batchOf(system, tenant, id)), 202);
  };
}
