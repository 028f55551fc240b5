import type { Context } from "hono";
import type { RouteHandler } from "@hono/zod-openapi";
import type { CustomerWrite } from "../actors/customer/judge_write.ts";
import { versionTagIn } from "../actors/customer/shown.ts";
import { createRoute } from "./access/create_route.ts";
import { tagsToMatch } from "./conditional.ts";
import { writeCustomer } from "./customers_tell.ts";
import {
  customerChanges,
  customerOf,
  customerParams,
  type CustomerView,
  customerView,
  customerWhole,
  headersOf,
  ifMatchHeader,
  mustKnowCustomers,
  viewOfCustomer,
} from "./customers_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";

const MOST_TAGS = 20;
const LONGEST_TAG = 100;
const changed = { description: "The customer as it is now", content: { "application/json": { schema: customerView } } };

export const replaceRoute = createRoute({
  method: "put",
  path: "/api/customers/{id}",
  access: "operator",
  dedupe: { windowMs: 5_000 },
  operationId: "replaceCustomer",
  tags: ["customers"],
  summary: "Say anew all that is said of a customer",
  description: "It makes none: that is POST. The same again changes nothing.",
  request: {
    params: customerParams,
    headers: ifMatchHeader,
    body: { required: true, content: { "application/json": { schema: customerWhole } } },
  },
  responses: { 200: changed, ...problems },
});

export function replace(deps: Deps): RouteHandler<typeof replaceRoute, AppEnv> {
  return async (c) => c.json(...await updated(c, deps, { ...c.req.valid("param"), details: c.req.valid("json") }));
}

export const changeRoute = createRoute({
  method: "patch",
  path: "/api/customers/{id}",
  access: "operator",
  dedupe: { windowMs: 5_000 },
  operationId: "changeCustomer",
  tags: ["customers"],
  summary: "Change some of what is said of a customer",
  request: {
    params: customerParams,
    headers: ifMatchHeader,
    body: { required: true, content: { "application/json": { schema: customerChanges } } },
  },
  responses: { 200: changed, ...problems },
});

export function change(deps: Deps): RouteHandler<typeof changeRoute, AppEnv> {
  return async (c) => c.json(...await updated(c, deps, { ...c.req.valid("param"), details: c.req.valid("json") }));
}

export const removeRoute = createRoute({
  method: "delete",
  path: "/api/customers/{id}",
  access: "operator",
  operationId: "deleteCustomer",
  tags: ["customers"],
  summary: "Forget a customer",
  description: "Letters and applications that are on their way already bear the name and address still.",
  request: { params: customerParams, headers: ifMatchHeader },
  responses: { 204: { description: "It is gone" }, ...problems },
});

export function remove(deps: Deps): RouteHandler<typeof removeRoute, AppEnv> {
  return async (c) => {
    await carryOut(c, deps, { id: c.req.valid("param").id, write: { does: "remove", ifTags: versionsToMatch(c) } });
    return c.body(null, 204);
  };
}

async function updated(
  c: Context<AppEnv>,
  deps: Deps,
  { id, details }: { readonly id: string; readonly details: (CustomerWrite & { does: "update" })["details"] },
): Promise<readonly [view: CustomerView, status: 200, headers: Record<string, string>]> {
  await carryOut(c, deps, { id, write: { does: "update", details, ifTags: versionsToMatch(c) } });
  const row = await customerOf(deps.system, c.var.tenant, id);
  return [viewOfCustomer(row), 200, headersOf(row)];
}

async function carryOut(
  c: Context<AppEnv>,
  deps: Deps,
  { id, write }: { readonly id: string; readonly write: CustomerWrite },
): Promise<void> {
  const { tenant } = c.var;
  mustKnowCustomers(deps.system);
  // Whoever forgets somebody hands nothing in.
  const admit = write.does === "remove" ? () => {} : () => deps.submissions.take(tenant, 1);
  await writeCustomer(deps, tenant, { id, write, deed: () => deps.deedOf(c, `customer/${id}`), admit });
}

/** A few of them: nobody has read more versions than that. */
function versionsToMatch(c: Context<AppEnv>): readonly string[] | undefined {
  return tagsToMatch(c)?.slice(0, MOST_TAGS).map((tag) => versionTagIn(tag).slice(0, LONGEST_TAG));
}
