import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import { textsIn } from "../storing/text_rows.ts";
import type { CustomerDatabase, CustomerRow } from "./rows.ts";

const PAGE_ROWS = 1_000;
const id = z.string();

/** By id; `after` is the id that the page before ended with. */
export interface CustomersPage {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What can be read of customers. */
export type CustomerQueries = {
  readonly customer: BoundQuery<{ id: string }, CustomerRow | null>;
  readonly customers: BoundQuery<CustomersPage, readonly CustomerRow[]>;
  /** Those of these ids that there are, by id; at most 1,000. */
  readonly named: BoundQuery<{ ids: readonly string[] }, readonly CustomerRow[]>;
  /** Those who hold one of these addresses, as `emailKeyOf` spells them; at most 1,000. */
  readonly holders: BoundQuery<{ emailKeys: readonly string[] }, readonly Holder[]>;
};

export type Holder = Pick<CustomerRow, "id" | "emailKey">;

export function customerQueries({ query, row }: Declare<CustomerDatabase>): CustomerQueries {
  return {
    customer: row(
      z.object({ id }),
      (db, { tenant, id }) => db.selectFrom("customers").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    customers: query<CustomersPage, readonly CustomerRow[]>(
      z.object({ after: id.optional(), limit: z.int().min(1).max(PAGE_ROWS) }),
      async (db, { tenant, after, limit }) => {
        const rows = db.selectFrom("customers").selectAll().where("tenant", "=", tenant).orderBy("id").limit(limit);
        return await (after === undefined ? rows : rows.where("id", ">", after)).execute();
      },
    ),
    named: query<{ ids: readonly string[] }, readonly CustomerRow[]>(
      z.object({ ids: z.array(id).max(PAGE_ROWS) }),
      async (db, { tenant, ids }) =>
        ids.length === 0 ? [] : await db.selectFrom("customers").selectAll().where("tenant", "=", tenant)
          .where("id", "in", textsIn(db, JSON.stringify(ids))).orderBy("id").execute(),
    ),
    holders: query<{ emailKeys: readonly string[] }, readonly Holder[]>(
      z.object({ emailKeys: z.array(z.string()).max(PAGE_ROWS) }),
      async (db, { tenant, emailKeys }) =>
        emailKeys.length === 0 ? [] : await db.selectFrom("customers").select(["id", "emailKey"])
          .where("tenant", "=", tenant).where("emailKey", "in", textsIn(db, JSON.stringify(emailKeys))).execute(),
    ),
  };
}
