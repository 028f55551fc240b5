import { type Kysely, type RawBuilder, sql } from "kysely";
import { type BoundWrite, type Declare, engineOf } from "../authoring.ts";
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
  /** Refused as `conflict` where the customer is not of this version. */
  readonly changed: BoundWrite<NewCustomer & OfVersion & { readonly at: number }>;
  readonly removed: BoundWrite<OfVersion>;
  /** `rows`: a JSON list of id, version and deliverability. Those that are not of their version any more stay as they are. */
  readonly checked: BoundWrite<{ readonly rows: string }>;
};

interface OfVersion {
  readonly id: string;
  readonly version: number;
}

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
            deliverability: null,
            updatedAt: eb.ref("excluded.updatedAt"),
          }))
        )
    ),
    changed: write<NewCustomer & OfVersion & { readonly at: number }>(
      (db, { tenant, id, version, firstName, lastName, email, emailKey, at }) =>
        db.updateTable("customers").set((eb) => ({
          ...{ firstName, lastName, email, emailKey, updatedAt: at, deliverability: null },
          version: eb("version", "+", 1),
        })).where("tenant", "=", tenant).where("id", "=", id).where("version", "=", version),
      { whenUnchanged: "conflict" },
    ),
    removed: write<OfVersion>(
      (db, { tenant, id, version }) =>
        db.deleteFrom("customers").where("tenant", "=", tenant).where("id", "=", id).where("version", "=", version),
      { whenUnchanged: "conflict" },
    ),
    checked: write<{ readonly rows: string }>((db, { tenant, rows }) =>
      db.updateTable("customers").from(checkedRows(db, tenant, rows).as("checked"))
        .set((eb) => ({ deliverability: eb.ref("checked.deliverability") }))
        .whereRef("customers.tenant", "=", "checked.tenant")
        .whereRef("customers.id", "=", "checked.id").whereRef("customers.version", "=", "checked.version")
    ),
  };
}

type Checked = Pick<CustomerRow, "tenant" | "id" | "version" | "deliverability">;

/** With a limit, though there is none, SQLite makes them first; it would read all customers of the tenant otherwise. */
function checkedRows(db: Kysely<CustomerDatabase>, tenant: string, rows: string): RawBuilder<Checked> {
  return engineOf(db) === "postgres"
    ? sql<Checked>`(select cast(${tenant} as text) as tenant, value ->> 0 as id, (value ->> 1)::bigint as version,
        value ->> 2 as deliverability from json_array_elements(cast(${rows} as json)))`
    : sql<Checked>`(select ${tenant} as tenant, value ->> 0 as id, value ->> 1 as version, value ->> 2 as deliverability
        from json_each(${rows}) limit -1)`;
}
