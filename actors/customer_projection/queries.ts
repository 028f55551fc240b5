import { sql } from "kysely";
import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import type { CustomerDatabase, CustomerRow } from "../customer/rows.ts";
import type { ProjectionDatabase } from "./rows.ts";

const PAGE_ROWS = 1_000;
/** Sorts after whatever begins with what it is added to. */
const LAST = "\u{10FFFF}";

/** By the term that is found; `after` is the place that the page before ended with. */
export interface FoundPage {
  /** What a term begins with, as `folded` spells it. */
  readonly begins: string;
  readonly after?: { readonly term: string; readonly id: string } | undefined;
  readonly limit: number;
}

/** A customer, and the first term that begins so. */
export interface FoundCustomer extends CustomerRow {
  readonly term: string;
}

export type ProjectionQueries = {
  /** Each customer once. */
  readonly found: BoundQuery<FoundPage, readonly FoundCustomer[]>;
  /** How many rows there are of one customer: none of one who is gone. */
  readonly kept: BoundQuery<{ id: string }, { readonly answers: number; readonly terms: number }>;
};

export function projectionQueries({ query }: Declare<CustomerDatabase & ProjectionDatabase>): ProjectionQueries {
  return {
    found: query<FoundPage, readonly FoundCustomer[]>(
      z.object({
        begins: z.string().min(1),
        after: z.object({ term: z.string(), id: z.string() }).optional(),
        limit: z.int().min(1).max(PAGE_ROWS),
      }),
      async (db, { tenant, begins, after, limit }) => {
        const from = after === undefined ? sql`true` : sql`(terms.term, terms.id) > (${after.term}, ${after.id})`;
        const { rows } = await sql<FoundCustomer>`select customers.*, terms.term from customer_terms as terms
          join customers on customers.tenant = terms.tenant and customers.id = terms.id
            and customers.version = terms.version
          where terms.tenant = ${tenant} and terms.term >= ${begins} and terms.term < ${begins + LAST} and ${from}
            and not exists (select 1 from customer_terms as other where other.tenant = terms.tenant
              and other.id = terms.id and other.version = terms.version
              and other.term >= ${begins} and other.term < terms.term)
          order by terms.term, terms.id limit ${limit}`.execute(db);
        return rows;
      },
    ),
    kept: query<{ id: string }, { readonly answers: number; readonly terms: number }>(
      z.object({ id: z.string() }),
      async (db, { tenant, id }) => {
        const count = async (table: "customerAnswers" | "customerTerms") => {
          const { rows } = await db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as("rows"))
            .where("tenant", "=", tenant).where("id", "=", id).executeTakeFirstOrThrow();
          return Number(rows);
        };
        return { answers: await count("customerAnswers"), terms: await count("customerTerms") };
      },
    ),
  };
}
