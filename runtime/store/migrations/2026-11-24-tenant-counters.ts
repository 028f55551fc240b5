import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf } from "../engine.ts";

/** The tenants' rows count what an opening would else have to look for among all messages. */
export const tenantCounters: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("tenants")
      .addColumn("pending", "integer", (column) => column.notNull().defaultTo(0)).execute();
    await db.schema.alterTable("tenants")
      .addColumn("last_seq", "integer", (column) => column.notNull().defaultTo(0)).execute();
    await sql`insert into tenants (tenant, last_event, trimmed_to, pending)
      select tenant, 0, 0, count(*) from messages where slot < 4 group by tenant
      on conflict (tenant) do update set pending = excluded.pending`.execute(db);
    const larger = sql.raw(engineOf(db) === "postgres" ? "greatest" : "max");
    await sql`update tenants set last_seq = ${larger}(
      (select coalesce(max(seq), 0) from messages), (select coalesce(max(seq), 0) from dead_letters))`.execute(db);
  },
};
