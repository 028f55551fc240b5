import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import { takeCustomers } from "./customers_take.ts";
import { writeCustomer } from "./customers_tell.ts";
import {
  customerOf,
  type CustomerOrder,
  customerOrder,
  customerView,
  headersOf,
  mustKnowCustomers,
  viewOfCustomer,
} from "./customers_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { type Given, idsFrom, intakeView, repeatHeader, takeLines } from "./intake.ts";
import { isNdjson, NDJSON } from "./media_types.ts";
import { problems } from "./problem_schema.ts";

export const createCustomersRoute = createRoute({
  method: "post",
  path: "/api/customers",
  access: "operator",
  operationId: "createCustomers",
  tags: ["customers"],
  summary: "Make a customer; or make and change many, a line each",
  description:
    "One that is there already is answered 200 when it is the same, and 409 when it is not. As NDJSON up to 50,000 " +
    "customers, stored while they come in: those that are there are changed, and a line that is wrong refuses that " +
    "customer alone.",
  request: {
    headers: repeatHeader,
    body: {
      required: true,
      content: { "application/json": { schema: customerOrder }, [NDJSON]: { schema: z.string() } },
    },
  },
  responses: {
    200: {
      description: "The customer, which was there before; or what became of the lines",
      content: { "application/json": { schema: z.union([customerView, intakeView]) } },
    },
    201: { description: "The customer, new", content: { "application/json": { schema: customerView } } },
    ...problems,
  },
});

export function create(deps: Deps): RouteHandler<typeof createCustomersRoute, AppEnv> {
  const { system, submissions, clock, deedOf } = deps;
  return async (c) => {
    const { tenant } = c.var;
    mustKnowCustomers(system);
    const idOf = await idsFrom(c.req.header("idempotency-key"), system.createId);
    const admit = (count: number) => submissions.take(tenant, count);
    if (isNdjson(c.req.header("content-type"))) {
      const deed = (subject: string) => deedOf(c, subject);
      const take = (part: readonly Given<CustomerOrder>[]) =>
        takeCustomers(system, tenant, { part, idOf, deed, admit });
      return c.json(await takeLines(c.req.raw, { schema: customerOrder, clock, take }), 200);
    }
    const { id = idOf(1), ...details } = c.req.valid("json") as CustomerOrder;
    const result = await writeCustomer(deps, tenant, {
      id,
      write: { does: "create", details },
      deed: () => deedOf(c, `customer/${id}`),
      admit: () => admit(1),
    });
    const row = await customerOf(system, tenant, id);
    const headers = { ...headersOf(row), Location: `/api/customers/${id}` };
    return c.json(viewOfCustomer(row), result === "done" ? 201 : 200, headers);
  };
}
