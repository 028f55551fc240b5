import { type Kysely, type RawBuilder, sql } from "kysely";
import { type BoundWrite, type Declare, engineOf } from "../authoring.ts";
import type { CustomerDatabase, CustomerRow } from "../customer/rows.ts";
import { textsIn } from "../storing/text_rows.ts";
import type { ProjectionDatabase } from "./rows.ts";

type Database = CustomerDatabase & ProjectionDatabase;

/** Of a customer, the answer that shows it as of this version. */
export interface NewAnswer extends Pick<CustomerRow, "id" | "createdAt" | "version"> {
  readonly tag: string;
  readonly answer: string;
}

/** One term of a customer, of this version. */
export interface NewTerm extends Pick<CustomerRow, "id" | "createdAt" | "version"> {
  readonly term: string;
}

/**
 * How projections are written: only beside a customer who is as they say, so that nothing is left of somebody who has been
 * forgotten meanwhile.
 */
export type ProjectionWrites = {
  /** Refused as `conflict` where the customer is another by now. */
  readonly answered: BoundWrite<NewAnswer>;
  /** `rows`: what {@linkcode termsText} makes. */
  readonly termsAdded: BoundWrite<{ readonly rows: string }>;
  /** `ids`: a JSON list. Those that are not of the customers' versions any more go. */
  readonly termsCleared: BoundWrite<{ readonly ids: string }>;
  readonly answerForgotten: BoundWrite<{ readonly id: string }>;
  readonly termsForgotten: BoundWrite<{ readonly id: string }>;
};

export function termsText(terms: readonly NewTerm[]): string {
  return JSON.stringify(terms.map(({ term, id, createdAt, version }) => [term, id, createdAt, version]));
}

export function projectionWrites({ write }: Declare<Database>): ProjectionWrites {
  return {
    answered: write<NewAnswer>(
      (db, { tenant, id, createdAt, version, tag, answer }) =>
        db.insertInto("customerAnswers").columns(["tenant", "id", "tag", "answer"])
          .expression(sql`select tenant, id, cast(${tag} as text), cast(${answer} as text) from customers
          where tenant = ${tenant} and id = ${id} and created_at = ${createdAt} and version = ${version} ${locked(db)}`)
          .onConflict((conflict) =>
            conflict.columns(["tenant", "id"]).doUpdateSet((eb) => ({
              tag: eb.ref("excluded.tag"),
              answer: eb.ref("excluded.answer"),
            }))
          ),
      { whenUnchanged: "conflict" },
    ),
    termsAdded: write<{ readonly rows: string }>((db, { tenant, rows }) =>
      db.insertInto("customerTerms").columns(["tenant", "term", "id", "version"])
        .expression(sql`select customers.tenant, given.term, customers.id, customers.version
          from ${givenTerms(db, rows)} customers on customers.tenant = ${tenant} and customers.id = given.id
            and customers.created_at = given.created_at and customers.version = given.version
          where true ${locked(db)}`)
        .onConflict((conflict) =>
          conflict.columns(["tenant", "id", "term"]).doUpdateSet((eb) => ({ version: eb.ref("excluded.version") }))
        )
    ),
    termsCleared: write<{ readonly ids: string }>((db, { tenant, ids }) =>
      db.deleteFrom("customerTerms").where("tenant", "=", tenant).where("id", "in", textsIn(db, ids))
        .where(sql<boolean>`not exists (select 1 from customers where customers.tenant = customer_terms.tenant
          and customers.id = customer_terms.id and customers.version = customer_terms.version)`)
    ),
    answerForgotten: write<{ readonly id: string }>((db, { tenant, id }) =>
      db.deleteFrom("customerAnswers").where("tenant", "=", tenant).where("id", "=", id)
    ),
    termsForgotten: write<{ readonly id: string }>((db, { tenant, id }) =>
      db.deleteFrom("customerTerms").where("tenant", "=", tenant).where("id", "=", id)
    ),
  };
}

/** And how what is there is joined to them. */
function givenTerms(db: Kysely<Database>, rows: string): RawBuilder<unknown> {
  // A cross join is one whose left side SQLite reads first: it would read all customers of the tenant by itself.
  return engineOf(db) === "postgres"
    ? sql`(select value ->> 0 as term, value ->> 1 as id, (value ->> 2)::bigint as created_at,
        (value ->> 3)::bigint as version from json_array_elements(cast(${rows} as json))) as given join`
    : sql`(select value ->> 0 as term, value ->> 1 as id, value ->> 2 as created_at, value ->> 3 as version
        from json_each(${rows})) as given cross join`;
}

/** Another node may forget the customer at this moment: what it has not seen it would leave. */
function locked(db: Kysely<Database>): RawBuilder<unknown> {
  return sql.raw(engineOf(db) === "postgres" ? "for share of customers" : "");
}
