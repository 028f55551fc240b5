import type { EventDraft, RowWrite } from "../authoring.ts";
import type { CustomerRow } from "./rows.ts";
import { customersText, customerTables } from "./tables.ts";

const { name: tables, writes } = customerTables;

export type NamedCustomer = Pick<CustomerRow, "id" | "name" | "email">;

/** What customers that were handed in come to beside those that there are. */
export interface CustomerChanges {
  readonly rows: readonly RowWrite[];
  readonly events: readonly EventDraft[];
  readonly created: number;
  readonly updated: number;
}

/** Of several with one id the last counts. Events name ids only: who may read the log need not know people's addresses. */
export function judgeCustomers(
  given: readonly NamedCustomer[],
  known: readonly NamedCustomer[],
  at: number,
): CustomerChanges {
  const before = new Map(known.map((customer) => [customer.id, customer]));
  const distinct = [...new Map(given.map((customer) => [customer.id, customer])).values()];
  const created = distinct.filter(({ id }) => !before.has(id));
  const updated = distinct.filter((customer) => {
    const own = before.get(customer.id);
    return own !== undefined && (own.name !== customer.name || own.email !== customer.email);
  });
  const row = (write: "created" | "updated", customers: readonly NamedCustomer[]): RowWrite[] =>
    customers.length === 0 ? [] : [{ tables, write: writes[write].name, args: { rows: customersText(customers), at } }];
  return {
    rows: [...row("created", created), ...row("updated", updated)],
    events: [
      ...created.map(({ id }) => customerEvent("created", id)),
      ...updated.map(({ id }) => customerEvent("updated", id)),
    ],
    created: created.length,
    updated: updated.length,
  };
}

export function customerEvent(what: "created" | "updated" | "removed", id: string): EventDraft {
  return { type: `customer.${what}`, subject: `customer/${id}`, data: JSON.stringify({ id }) };
}
