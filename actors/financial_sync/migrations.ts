import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../authoring.ts";

const createTransactions: Migration = {
  async up(db) {
    await db.schema.createTable("transactions")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("position", "bigint", (column) => column.notNull())
      .addColumn("account", "text", (column) => column.notNull())
      .addColumn("amount", "bigint", (column) => column.notNull())
      .addColumn("currency", "text", (column) => column.notNull())
      .addColumn("booked_at", "bigint", (column) => column.notNull())
      .addColumn("day", "text", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("transactions_key", ["tenant", "id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    const list = (name: string, columns: readonly string[]) =>
      db.schema.createIndex(name).on("transactions").columns(["tenant", ...columns, "position", "id"]).execute();
    await list("transactions_by_position", []);
    await list("transactions_by_day", ["day"]);
    await list("transactions_by_account", ["account"]);
  },
};

const createDailyTotals: Migration = {
  async up(db) {
    await db.schema.createTable("daily_totals")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("day", "text", (column) => column.notNull())
      .addColumn("currency", "text", (column) => column.notNull())
      .addColumn("entries", "bigint", (column) => column.notNull())
      .addColumn("amount", "bigint", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("control_entries", "bigint")
      .addColumn("control_amount", "bigint")
      .addColumn("checked_at", "bigint")
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("daily_totals_key", ["tenant", "day", "currency"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createIndex("daily_totals_unmatched").on("daily_totals").columns(["tenant", "day", "currency"])
      .where(sql.ref("status"), "<>", sql.lit("matched")).execute();
    await db.schema.createIndex("daily_totals_mismatched").on("daily_totals").columns(["tenant", "day", "currency"])
      .where(sql.ref("status"), "=", sql.lit("mismatched")).execute();
  },
};

/** By name, in order. */
export const financialMigrations: Readonly<Record<string, Migration>> = {
  "2026-12-01-daily-totals": createDailyTotals,
  "2026-12-01-transactions": createTransactions,
};
