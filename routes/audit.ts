import { type RouteHandler, z } from "@hono/zod-openapi";
import { type AuditPlace, type AuditRow, auditTables } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^\d{1,15}\.\d{1,15}$/;

const auditView = z.object({
  at: z.iso.datetime().openapi({ description: "When the request was taken in" }),
  by: z.string().openapi({ description: "The subject that gave the command", example: "ada" }),
  role: z.string().openapi({ description: "In which it acted", example: "operator" }),
  action: z.string().openapi({ description: "The `operationId`", example: "submitJob" }),
  subject: z.string().openapi({
    description: "`job/ID`, `dead-letter/ID`, `kind/KIND`, or `KIND/KEY` of an actor; `job/ID +99` is a batch of 100",
    example: "job/01JD9ZK5T3M6X8QV2N4B7C1RSW",
  }),
  address: z.string().openapi({ description: "IP address that the connection came from", example: "203.0.113.7" }),
  requestId: z.string().openapi({ description: "The `X-Request-Id` of the answer" }),
}).openapi("AuditRow");

const instant = z.iso.datetime({ offset: true });

export const listRoute = createRoute({
  method: "get",
  path: "/api/audit",
  access: "admin",
  operationId: "listAudit",
  tags: ["audit"],
  summary: "Who did what, newest first",
  description:
    "A row for each request that changed something, committed with what it did. A page for `by`, `action` or " +
    "`subject` may be short, or empty, and not be the last: there is more while `nextCursor` is not null.",
  request: {
    query: z.strictObject({
      ...paging,
      by: z.string().max(200).optional().openapi({ description: "What this subject did" }),
      action: z.string().max(100).optional().openapi({ description: "What this operation did" }),
      subject: z.string().max(400).optional().openapi({ description: "What was done to this subject" }),
      from: instant.optional().openapi({ description: "Inclusive" }),
      to: instant.optional().openapi({ description: "Exclusive" }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(auditView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { by, action, subject, from, to, limit, cursor } = c.req.valid("query");
    const { rows, lookedTo } = await system.query(c.var.tenant, auditTables.queries.page, {
      by,
      action,
      subject,
      from: from === undefined ? undefined : Date.parse(from),
      to: to === undefined ? undefined : Date.parse(to),
      before: cursor === undefined ? undefined : placeIn(cursor),
      limit: limit + 1,
    });
    const page = pageOf(rows, { limit, view: viewOf, placeOf });
    return c.json(lookedTo === null ? page : { ...page, nextCursor: writeCursor(placeOf(lookedTo)) }, 200);
  };
}

function viewOf({ at, by, role, action, subject, address, requestId }: Omit<AuditRow, "tenant">) {
  return { at: iso(at), by, role, action, subject, address, requestId };
}

function placeOf({ at, id }: AuditPlace): string {
  return `${at}.${id}`;
}

function placeIn(cursor: string): AuditPlace {
  const [at, id] = readCursor(cursor, PLACE).split(".").map(Number) as [number, number];
  return { at, id };
}
