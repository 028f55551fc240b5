import { z } from "@hono/zod-openapi";
import type { CustomerRow } from "../actors/customer/rows.ts";
import { customerEmail, entityId, namePart } from "../actors/customer/schemas.ts";
import { customerTables } from "../actors/customer/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

const EXAMPLE = "c-1001";
const instant = z.iso.datetime();

/** The `{id}` of a path; one that cannot be one answers 404 like any other unknown one. */
export const customerParams = z.object({
  id: entityId.clone().openapi({ description: "Of the customer", example: EXAMPLE }),
});

/** What `POST /api/customers` takes. */
export const customerOrder = z.strictObject({
  id: entityId.optional().openapi({
    description: "Yours, by which the customer is known; a new one without it",
    example: EXAMPLE,
  }),
  firstName: namePart.clone().openapi({ description: "Letters address the customer by both names", example: "Ann" }),
  lastName: namePart.clone().openapi({ example: "Example" }),
  email: customerEmail.clone().openapi({
    description: "One plain address, which no other customer has, in whatever capitals",
    example: "ann@customers.example",
  }),
}).openapi("CustomerOrder");

/** A customer as it reads on the wire. */
export const customerView = z.object({
  id: z.string().openapi({ description: "Unique in the tenant", example: EXAMPLE }),
  firstName: z.string(),
  lastName: z.string().openapi({ description: "Empty of one who was known by a single word before there were two" }),
  email: z.string().openapi({ description: "Where letters go" }),
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

export function viewOfCustomer({ id, firstName, lastName, email, createdAt, updatedAt }: CustomerRow): CustomerView {
  return { id, firstName, lastName, email, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}
