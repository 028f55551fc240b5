import type { BoundWrite, Declare } from "../authoring.ts";
import { type TextColumns, textRows } from "../storing/text_rows.ts";
import type { CustomerDatabase, CustomerRow } from "./rows.ts";

const COLUMNS: TextColumns = [
  ["id", "text"],
  ["firstName", "text"],
  ["lastName", "text"],
  ["email", "text"],
  ["emailKey", "text"],
];
const NAMES = [
  ...["tenant", "id", "firstName", "lastName", "email", "emailKey"] as const,
  ...["version", "createdAt", "updatedAt"] as const,
] as const;
const FIRST_VERSION = 1;

/** A customer as it is to be written. */
export type NewCustomer = Pick<CustomerRow, "id" | "firstName" | "lastName" | "email" | "emailKey">;

/** `rows`: what {@linkcode customersText} makes, each customer once. */
export interface CustomersText {
  readonly rows: string;
  readonly at: number;
}

export function customersText(customers: readonly NewCustomer[]): string {
  return JSON.stringify(
    customers.map(({ id, firstName, lastName, email, emailKey }) => [id, firstName, lastName, email, emailKey]),
  );
}

/** How customers are written; refused as `constraint` where somebody else of the tenant has the address. */
export type CustomerWrites = {
  /** Refused as `constraint` where there is one of these ids. */
  readonly created: BoundWrite<CustomersText>;
  /** One that is there keeps when it was made; one that somebody removes at the same time is there again. */
  readonly updated: BoundWrite<CustomersText>;
  /** Refused as `conflict` where there is none. */
  readonly removed: BoundWrite<{ readonly id: string }>;
};

export function customerWrites({ write }: Declare<CustomerDatabase>): CustomerWrites {
  return {
    created: write<CustomersText>((db, { tenant, rows, at }) =>
      db.insertInto("customers").columns(NAMES)
        .expression(textRows(db, rows, { before: [tenant], columns: COLUMNS, after: [FIRST_VERSION, at, at] }))
    ),
    updated: write<CustomersText>((db, { tenant, rows, at }) =>
      db.insertInto("customers").columns(NAMES)
        .expression(textRows(db, rows, { before: [tenant], columns: COLUMNS, after: [FIRST_VERSION, at, at] }))
        .onConflict((conflict) =>
          conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
            firstName: eb.ref("excluded.firstName"),
            lastName: eb.ref("excluded.lastName"),
            email: eb.ref("excluded.email"),
            emailKey: eb.ref("excluded.emailKey"),
            version: eb("customers.version", "+", 1),
            updatedAt: eb.ref("excluded.updatedAt"),
          }))
        )
    ),
    removed: write<{ readonly id: string }>(
      (db, { tenant, id }) => db.deleteFrom("customers").where("tenant", "=", tenant).where("id", "=", id),
      { whenUnchanged: "conflict" },
    ),
  };
}
