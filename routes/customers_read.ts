import { type RouteHandler, z } from "@hono/zod-openapi";
import { answerTag } from "../actors/customer/shown.ts";
import { customerTables } from "../actors/customer/tables.ts";
import { projectionAt } from "../actors/customer_projection/messages.ts";
import type { FoundPage } from "../actors/customer_projection/queries.ts";
import { projectionTables } from "../actors/customer_projection/tables.ts";
import { folded } from "../actors/customer_projection/terms.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import { customerParams, customerView, headersOf, mustKnowCustomers, viewOfCustomer } from "./customers_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^customer\/[A-Za-z0-9._-]{1,100}$/;
const FOUND_PLACE = /^found\/[A-Za-z0-9._-]{1,100}\/[^\p{Cc}]+$/u;
const LONGEST_SEARCH = 254;

const q = z.string().max(LONGEST_SEARCH).regex(/^[^\p{C}]+$/u, "must be printable")
  .refine((text) => folded(text) !== "", "must name something").optional().openapi({
    description:
      "Only those whose name, last name or address begins so, in whatever capitals and accents, by what is found",
    example: "ann",
  });

export const listRoute = createRoute({
  method: "get",
  path: "/api/customers",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listCustomers",
  tags: ["customers"],
  summary: "The customers, by id, or those who are looked for",
  description: "A customer is found from a moment after the change on.",
  request: { query: z.strictObject({ ...paging, q }) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(customerView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor, q } = c.req.valid("query");
    mustKnowCustomers(system);
    if (q !== undefined) {
      const after = cursor === undefined ? undefined : placeIn(cursor);
      const page = { begins: folded(q), after, limit: limit + 1 };
      const found = await system.query(c.var.tenant, projectionTables.queries.found, page);
      return c.json(
        pageOf(found, { limit, view: viewOfCustomer, placeOf: ({ id, term }) => `found/${id}/${term}` }),
        200,
      );
    }
    const after = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("customer/".length);
    const rows = await system.query(c.var.tenant, customerTables.queries.customers, { after, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfCustomer, placeOf: ({ id }) => `customer/${id}` }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/customers/{id}",
  access: "viewer",
  cache: { tables: customerTables.name, maxAgeMs: 60_000 },
  operationId: "getCustomer",
  tags: ["customers"],
  summary: "A customer",
  request: { params: customerParams },
  responses: {
    200: { description: "The customer", content: { "application/json": { schema: customerView } } },
    304: { description: "What `If-None-Match` names is still what there is" },
    ...problems,
  },
});

/** The answer as it was made ahead; one that was not is made here, and its actor is told to. */
export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const { tenant } = c.var;
    mustKnowCustomers(system);
    const row = await system.point(tenant, customerTables.queries.shown, { id });
    if (row === null) throw new RuntimeError("not-found", "There is no such customer");
    if (row.answer !== null && row.tag === answerTag(row)) {
      const headers = { ...headersOf(row), "Content-Type": "application/json", "X-Cache": "hit" };
      return c.body(row.answer, 200, headers) as never;
    }
    makeAhead(system, tenant, id);
    return c.json(viewOfCustomer(row), 200, { ...headersOf(row), "X-Cache": "miss" });
  };
}

/** Nobody waits for it, and a node that takes no messages now does without. */
function makeAhead(system: System, tenant: string, id: string): void {
  const command = { to: projectionAt(tenant, id), message: "project", payload: { ids: [id] }, dedupeKey: id };
  system.tellAll([command]).catch(() => {});
}

function placeIn(cursor: string): NonNullable<FoundPage["after"]> {
  const [, id, ...term] = readCursor(cursor, FOUND_PLACE).split("/");
  return { id: id!, term: term.join("/") };
}
