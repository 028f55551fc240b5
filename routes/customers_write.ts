import { type RouteHandler, z } from "@hono/zod-openapi";
import { customerEvent, type GivenCustomer, judgeCustomers } from "../actors/customer/judge_customers.ts";
import { emailKeyOf } from "../actors/customer/rows.ts";
import { customerTables } from "../actors/customer/tables.ts";
import { type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import {
  customerOf,
  customerOrder,
  customerParams,
  customerView,
  mustKnowCustomers,
  viewOfCustomer,
} from "./customers_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import {
  admitOnce,
  type Given,
  idsFrom,
  intakeView,
  repeatHeader,
  takeLines,
  type Taken,
  takeUndisturbed,
} from "./intake.ts";
import { isNdjson, NDJSON } from "./media_types.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";

export const putRoute = createRoute({
  method: "post",
  path: "/api/customers",
  access: "operator",
  operationId: "putCustomers",
  tags: ["customers"],
  summary: "Make a customer, or change the one of this id; or many, a line each",
  description:
    "As NDJSON up to 50,000 customers, stored while they come in; a line that is wrong refuses that customer alone.",
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

const IS_TAKEN = "is that of another customer";

type Order = z.output<typeof customerOrder>;

export function put({ system, submissions, clock, deedOf }: Deps): RouteHandler<typeof putRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    mustKnowCustomers(system);
    const idOf = await idsFrom(c.req.header("idempotency-key"), system.createId);
    const takeIn = async (customers: readonly GivenCustomer[]) => {
      const admit = admitOnce((count) => submissions.take(tenant, count));
      const deed = () => deedOf(c, subjectOf(customers));
      return await takeUndisturbed(() => takeCustomers(system, tenant, { customers, deed, admit }));
    };
    if (isNdjson(c.req.header("content-type"))) {
      const take = async (part: readonly Given<Order>[]) => {
        const customers = named(part, idOf);
        const { repeated, taken } = await takeIn(customers);
        const refused = part.filter((_, index) => taken.has(customers[index]!.id))
          .map(({ line }) => ({ line, reason: `/email ${IS_TAKEN}` }));
        return { accepted: part.length - repeated - refused.length, repeated, refused } satisfies Taken;
      };
      return c.json(await takeLines(c.req.raw, { schema: customerOrder, clock, take }), 200);
    }
    const [customer] = named([{ line: 1, order: c.req.valid("json") as Order }], idOf) as [GivenCustomer];
    const { created, taken } = await takeIn([customer]);
    if (taken.size > 0) {
      throw new Refusal(409, "There is another customer of this address", {
        faults: [{ pointer: "/email", detail: IS_TAKEN }],
      });
    }
    const view = viewOfCustomer(await customerOf(system, tenant, customer.id));
    return created === 0 ? c.json(view, 200) : c.json(view, 201, { Location: `/api/customers/${customer.id}` });
  };
}

export const removeRoute = createRoute({
  method: "delete",
  path: "/api/customers/{id}",
  access: "operator",
  operationId: "deleteCustomer",
  tags: ["customers"],
  summary: "Forget a customer",
  description: "Letters and applications that are on their way already bear the name and address still.",
  request: { params: customerParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

export function remove({ system, deedOf }: Deps): RouteHandler<typeof removeRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    await customerOf(system, tenant, id);
    const rows = [{ tables: customerTables.name, write: customerTables.writes.removed.name, args: { id } }];
    await system.write(tenant, { rows, events: [customerEvent("deleted", id)] }, deedOf(c, `customer/${id}`))
      .catch((thrown: unknown) => {
        const isGone = thrown instanceof RuntimeError && thrown.code === "conflict";
        throw isGone ? new RuntimeError("not-found", "There is no such customer") : thrown;
      });
    return c.body(null, 204);
  };
}

function named(part: readonly Given<Order>[], idOf: (line: number) => string): GivenCustomer[] {
  return part.map(({ line, order: { id = idOf(line), ...details } }) => ({ id, ...details }));
}

/** In one commit, with one row in the audit log; what changes nothing leaves none. */
async function takeCustomers(
  system: System,
  tenant: string,
  { customers, deed, admit }: {
    customers: readonly GivenCustomer[];
    deed: () => Deed;
    /** Asked for those that are new or changed. @throws {Refusal} 429 when the tenant may hand in no more now */
    admit: (count: number) => Promise<void>;
  },
): Promise<{ created: number; repeated: number; taken: ReadonlySet<string> }> {
  const { queries } = customerTables;
  const ids = [...new Set(customers.map(({ id }) => id))];
  const emailKeys = [...new Set(customers.map(({ email }) => emailKeyOf(email)))];
  const [known, holders] = await Promise.all([
    system.query(tenant, queries.named, { ids }),
    system.query(tenant, queries.holders, { emailKeys }),
  ]);
  const { rows, events, created, updated, taken } = judgeCustomers(customers, { known, holders }, system.now());
  await admit(created + updated);
  if (rows.length > 0) await system.write(tenant, { rows, events }, deed());
  const refused = customers.filter(({ id }) => taken.has(id)).length;
  return { created, repeated: customers.length - created - updated - refused, taken };
}

function subjectOf(customers: readonly GivenCustomer[]): string {
  const first = `customer/${customers[0]!.id}`;
  return customers.length === 1 ? first : `${first} +${customers.length - 1}`;
}
