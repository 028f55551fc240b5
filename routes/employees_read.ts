import { type RouteHandler, z } from "@hono/zod-openapi";
import type { EmployeeRow } from "../actors/employee_upload/rows.ts";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import { mustTakeEmployees } from "./employee_uploads_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^employee\/[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

const date = z.string().openapi({ example: "2026-11-23" });

const employeeView = z.object({
  number: z.string().openapi({ description: "Unique in the tenant", example: "E-1001" }),
  name: z.string().openapi({ description: "In one piece, as the file has it", example: "Ada Lovelace" }),
  email: z.string().openapi({ description: "An address", example: "ada@example.com" }),
  startDate: date.openapi({ description: "The first day" }),
  endDate: date.nullable().openapi({ description: "The last day, where it is known" }),
  uploadId: z.string().openapi({ description: "The upload that told of this last" }),
  line: z.number().int().openapi({ description: "In its file" }),
  createdAt: z.iso.datetime().openapi({ description: "When the employee was first told of" }),
  updatedAt: z.iso.datetime().openapi({ description: "When last" }),
}).openapi("Employee");

export const listRoute = createRoute({
  method: "get",
  path: "/api/employees",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listEmployees",
  tags: ["employees"],
  summary: "The employees, by number",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(employeeView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor } = c.req.valid("query");
    mustTakeEmployees(system);
    const after = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("employee/".length);
    const rows = await system.query(c.var.tenant, employeeTables.queries.employees, { after, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfEmployee, placeOf: ({ number }) => `employee/${number}` }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/employees/{number}",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "getEmployee",
  tags: ["employees"],
  summary: "An employee, as the latest upload tells",
  request: {
    params: z.object({
      number: z.string().min(1).max(64).openapi({ description: "Of the employee", example: "E-1001" }),
    }),
  },
  responses: {
    200: { description: "The employee", content: { "application/json": { schema: employeeView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    mustTakeEmployees(system);
    const { number } = c.req.valid("param");
    const row = await system.point(c.var.tenant, employeeTables.queries.employee, { number });
    if (row === null) throw new RuntimeError("not-found", "There is no such employee");
    return c.json(viewOfEmployee(row), 200);
  };
}

function viewOfEmployee(row: EmployeeRow): z.infer<typeof employeeView> {
  const { number, name, email, startDate, endDate, uploadId, line, createdAt, updatedAt } = row;
  return {
    ...{ number, name, email, startDate, endDate, uploadId, line },
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}
