import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import { textsIn } from "../storing/text_rows.ts";
import type { ProjectionDatabase } from "../customer_projection/rows.ts";
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
  /** With its answer as it was made last. */
  readonly shown: BoundQuery<{ id: string }, ShownRow | null>;
  /** Those of these ids that there are, by id; at most 1,000. */
  readonly named: BoundQuery<{ ids: readonly string[] }, readonly CustomerRow[]>;
  /** Who holds this address, as `emailKeyOf` spells it. */
  readonly holder: BoundQuery<{ emailKey: string }, Holder | null>;
  /** Those who hold one of these addresses, as `emailKeyOf` spells them; at most 1,000. */
  readonly holders: BoundQuery<{ emailKeys: readonly string[] }, readonly Holder[]>;
};

/** `tag` names what `answer` shows; both are null where none has been made. */
export interface ShownRow extends CustomerRow {
  readonly tag: string | null;
  readonly answer: string | null;
}

export type Holder = Pick<CustomerRow, "id" | "emailKey">;

export function customerQueries({ query, row }: Declare<CustomerDatabase & ProjectionDatabase>): CustomerQueries {
  return {
    customer: row(
      z.object({ id }),
      (db, { tenant, id }) => db.selectFrom("customers").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    shown: row(
      z.object({ id }),
      (db, { tenant, id }) =>
        db.selectFrom("customers").leftJoin(
          "customerAnswers",
          (join) =>
            join.onRef("customerAnswers.tenant", "=", "customers.tenant").onRef(
              "customerAnswers.id",
              "=",
              "customers.id",
            ),
        )
          .selectAll("customers").select(["customerAnswers.tag", "customerAnswers.answer"])
          .where("customers.tenant", "=", tenant).where("customers.id", "=", id),
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
    holder: row(
      z.object({ emailKey: z.string() }),
      (db, { tenant, emailKey }) =>
        db.selectFrom("customers").select(["id", "emailKey"]).where("tenant", "=", tenant)
          .where("emailKey", "=", emailKey),
    ),
    holders: query<{ emailKeys: readonly string[] }, readonly Holder[]>(
      z.object({ emailKeys: z.array(z.string()).max(PAGE_ROWS) }),
      async (db, { tenant, emailKeys }) =>
        emailKeys.length === 0 ? [] : await db.selectFrom("customers").select(["id", "emailKey"])
          .where("tenant", "=", tenant).where("emailKey", "in", textsIn(db, JSON.stringify(emailKeys))).execute(),
    ),
  };
}
