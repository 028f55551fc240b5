import { z } from "@hono/zod-openapi";
import { type CustomerRow, DOUBTFUL_BY } from "../actors/customer/rows.ts";
import { customerEmail, entityId, namePart } from "../actors/customer/schemas.ts";
import { answerTag, shownCustomer } from "../actors/customer/shown.ts";
import { customerTables } from "../actors/customer/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { strongTag, tagged } from "./conditional.ts";

const EXAMPLE = "c-1001";
const instant = z.iso.datetime();

/** The `{id}` of a path; one that cannot be one answers 404 like any other unknown one. */
export const customerParams = z.object({
  id: entityId.clone().openapi({ description: "Of the customer", example: EXAMPLE }),
});

const details = {
  firstName: namePart.clone().openapi({ description: "Letters address the customer by both names", example: "Ann" }),
  lastName: namePart.clone().openapi({ description: "What follows the first name", example: "Example" }),
  email: customerEmail.clone().openapi({
    description: "One plain address, which no other customer has, in whatever capitals",
    example: "ann@customers.example",
  }),
};

/** What `POST /api/customers` takes. */
export const customerOrder = z.strictObject({
  id: entityId.optional().openapi({
    description: "Yours, by which the customer is known; a new one without it",
    example: EXAMPLE,
  }),
  ...details,
}).openapi("CustomerOrder");

export type CustomerOrder = z.output<typeof customerOrder>;

/** What is wrong with an id or an address that is to be had by one only. */
export const IS_TAKEN = "is that of another customer";

/** What `PUT` takes: all that people say of a customer. */
export const customerWhole = z.strictObject(details).openapi("CustomerDetails");

/** What `PATCH` takes: what is left out stays. */
export const customerChanges = z.strictObject(details).partial().openapi("CustomerChanges");

const deliverability = z.object({
  verdict: z.enum(["good", "doubtful"]).openapi({ description: "Whether letters are likely to be read there" }),
  reasons: z.array(z.enum(DOUBTFUL_BY)).openapi({ description: "Why it is doubtful" }),
  suggestion: z.string().nullable().openapi({ description: "The domain that was probably meant" }),
});

/** A customer as it reads on the wire. */
export const customerView = z.object({
  id: z.string().openapi({ description: "Unique in the tenant", example: EXAMPLE }),
  firstName: z.string().openapi({ description: "Letters address the customer by both names" }),
  lastName: z.string().openapi({ description: "Empty of one who was known by a single word before there were two" }),
  email: z.string().openapi({ description: "Where letters go" }),
  version: z.number().int().openapi({ description: "1 for a new customer; grows with every change" }),
  deliverability: deliverability.nullable().openapi({
    description: "What can be told of the address by looking at it; null for the moment until that has been done",
  }),
  createdAt: instant.openapi({ description: "When the customer was first told of" }),
  updatedAt: instant.openapi({ description: "When a name or the address last changed" }),
}).openapi("Customer");

export type CustomerView = z.infer<typeof customerView>;

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustKnowCustomers({ registry }: Pick<System, "registry">): void {
  if (!registry.kinds.has("customer")) throw new RuntimeError("not-found", "This installation has no customers");
}

/** The same for a customer that never was and for another tenant's. @throws {RuntimeError} `not-found` */
export async function customerOf(system: System, tenant: string, id: string): Promise<CustomerRow> {
  mustKnowCustomers(system);
  const row = await system.point(tenant, customerTables.queries.customer, { id });
  if (row === null) throw new RuntimeError("not-found", "There is no such customer");
  return row;
}

export function viewOfCustomer(row: CustomerRow): CustomerView {
  const { deliverability, ...shown } = shownCustomer(row);
  return { ...shown, deliverability: deliverability && { ...deliverability, reasons: [...deliverability.reasons] } };
}

/** The headers of an answer that shows the row. */
export function headersOf(row: CustomerRow): Record<string, string> {
  return tagged(strongTag(answerTag(row)));
}

/** Of what a change may be made upon. */
export const ifMatchHeader = z.object({
  "If-Match": z.string().optional().openapi({
    description: "The `ETag` of what you have read: 412, and nothing changed, where somebody has changed it since",
  }),
});
