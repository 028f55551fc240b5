import type { EventDraft, RowWrite } from "../authoring.ts";
import { type CustomerDetails, type CustomerRow, emailKeyOf } from "./rows.ts";
import { customerTables } from "./tables.ts";
import { customersText, type NewCustomer } from "./writes.ts";

const { name: tables, writes } = customerTables;

export type GivenCustomer = CustomerDetails & { readonly id: string };

/** What is there already of customers that are handed in. */
export interface KnownCustomers {
  /** Those of the same ids. */
  readonly known: readonly Pick<CustomerRow, keyof GivenCustomer | "emailKey">[];
  /** Those who hold one of the addresses. */
  readonly holders: readonly Pick<CustomerRow, "id" | "emailKey">[];
}

/** What customers that were handed in come to beside those that there are. */
export interface CustomerChanges {
  readonly rows: readonly RowWrite[];
  readonly events: readonly EventDraft[];
  readonly created: number;
  readonly updated: number;
  /** Of both. */
  readonly changed: readonly string[];
  /** Ids of those whose address is somebody else's: of these nothing is written. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Of several with one id the last counts; of several with one address the first. Events name ids only: who may read the log
 * need not know people's addresses.
 */
export function judgeCustomers(
  given: readonly GivenCustomer[],
  { known, holders }: KnownCustomers,
  at: number,
): CustomerChanges {
  const before = new Map(known.map((customer) => [customer.id, customer]));
  const holderOf = new Map(holders.map(({ id, emailKey }) => [emailKey, id]));
  const [created, updated]: [NewCustomer[], NewCustomer[]] = [[], []];
  const taken = new Set<string>();
  for (const customer of new Map(given.map((customer) => [customer.id, customer])).values()) {
    const own = before.get(customer.id);
    if (own !== undefined && areSame(own, customer)) continue;
    const emailKey = own?.email === customer.email ? own.emailKey : emailKeyOf(customer.email);
    const holder = emailKey === null ? undefined : holderOf.get(emailKey);
    if (holder !== undefined && holder !== customer.id) {
      taken.add(customer.id);
      continue;
    }
    if (emailKey !== null) holderOf.set(emailKey, customer.id);
    (own === undefined ? created : updated).push({ ...customer, emailKey });
  }
  const row = (write: "created" | "updated", customers: readonly NewCustomer[]): RowWrite[] =>
    customers.length === 0 ? [] : [{ tables, write: writes[write].name, args: { rows: customersText(customers), at } }];
  return {
    rows: [...row("created", created), ...row("updated", updated)],
    events: [
      ...created.map(({ id }) => customerEvent("created", id)),
      ...updated.map(({ id }) => customerEvent("updated", id)),
    ],
    created: created.length,
    updated: updated.length,
    changed: [...created, ...updated].map(({ id }) => id),
    taken,
  };
}

export function areSame(one: CustomerDetails, other: CustomerDetails): boolean {
  return one.firstName === other.firstName && one.lastName === other.lastName && one.email === other.email;
}

export function customerEvent(what: "created" | "updated" | "deleted", id: string): EventDraft {
  return { type: `customer.${what}`, subject: `customer/${id}`, data: JSON.stringify({ id }) };
}
