import { type CustomerRow, type Deliverability, versionTag } from "./rows.ts";

/** Grows with every change of what {@linkcode shownCustomer} makes of a row: answers that were made before are made anew. */
const FORMAT = 1;

/** A customer as it reads on the wire. */
export interface ShownCustomer {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly version: number;
  readonly deliverability: Deliverability | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function shownCustomer(row: CustomerRow): ShownCustomer {
  const { id, firstName, lastName, email, version, deliverability, createdAt, updatedAt } = row;
  return {
    ...{ id, firstName, lastName, email, version },
    deliverability: deliverability === null ? null : JSON.parse(deliverability),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

/** Names what is shown of a row: its version, and after a point whatever else it shows that is no change of the customer. */
export function answerTag(row: Pick<CustomerRow, "createdAt" | "version" | "deliverability">): string {
  return `${versionTag(row)}.${FORMAT}${row.deliverability === null ? "" : "c"}`;
}

/** The version that a tag of an answer names. */
export function versionTagIn(answerTag: string): string {
  return answerTag.split(".", 1)[0]!;
}
