import { type RouteHandler, z } from "@hono/zod-openapi";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import { mustTakeEmployees, uploadOf, uploadParams, uploadView, viewOfUpload } from "./employee_uploads_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^employee-upload\/[0-9A-Z]{26}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/employee-uploads",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listEmployeeUploads",
  tags: ["employees"],
  summary: "The uploads of employees, the latest first",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(uploadView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    mustTakeEmployees(system);
    const before = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("employee-upload/".length);
    const rows = await system.query(c.var.tenant, employeeTables.queries.uploads, { before, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfUpload, placeOf: ({ id }) => `employee-upload/${id}` }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/employee-uploads/{id}",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "getEmployeeUpload",
  tags: ["employees"],
  summary: "An upload of employees: how far it is, and how many rows were accepted and rejected",
  request: { params: uploadParams },
  responses: {
    200: { description: "The upload", content: { "application/json": { schema: uploadView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(viewOfUpload(await uploadOf(system, c.var.tenant, c.req.valid("param").id)), 200);
}
