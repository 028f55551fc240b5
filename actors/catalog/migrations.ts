import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { tableEnd } from "../authoring.ts";
import { type Item, ITEM_NAMES, ITEMS, type ItemSpec } from "./items.ts";

/** Content that may be missing. */
const OPTIONAL: ReadonlySet<string> = new Set([
  ...["categories.name", "categories.description", "brands.country", "brands.currency", "brands.description"],
  ...["brands.logo_url", "products.description", "products.min_face_value", "products.max_face_value"],
  "products.available",
]);

async function createItems(db: Kysely<unknown>, item: Item): Promise<void> {
  const { table, keys, content }: ItemSpec = ITEMS[item];
  let made = db.schema.createTable(table).addColumn("tenant", "text", (column) => column.notNull());
  for (const key of keys) made = made.addColumn(key, "text", (column) => column.notNull());
  for (const [name, type] of content) {
    made = made.addColumn(name, type, (column) => OPTIONAL.has(`${item}.${name}`) ? column : column.notNull());
  }
  await made.addColumn("hash", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addColumn("updated_by", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ["tenant", ...keys] as never[])
    .modifyEnd(tableEnd(db, "without rowid"))
    .execute();
}

const createCatalog: Migration = {
  async up(db: Kysely<unknown>) {
    for (const item of ITEM_NAMES) await createItems(db, item);
    await db.schema.createIndex("catalog_brand_categories_of").on("catalog_brand_categories")
      .columns(["tenant", "category_id", "brand_id"]).execute();
    await db.schema.createIndex("catalog_products_of").on("catalog_products")
      .columns(["tenant", "brand_id", "internal_id"]).execute();
  },
};

const createCatalogCycles: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("catalog_sources")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("part", "text", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("internal_id", "text")
      .addColumn("reason", "text")
      .addColumn("seen_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("catalog_sources_key", ["tenant", "part", "hash"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createIndex("catalog_sources_aside").on("catalog_sources").columns(["tenant", "part", "hash"])
      .where(sql.ref("reason"), "is not", null).execute();
    await db.schema.createTable("catalog_staged")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("part", "text", (column) => column.notNull())
      .addColumn("item", "text", (column) => column.notNull())
      .addColumn("seq", "bigint", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("catalog_staged_key", ["tenant", "part", "item", "seq"])
      .execute();
    await db.schema.createTable("catalog_cycles")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("part", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("started_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addColumn("duration_ms", "bigint")
      .addColumn("delayed_until", "bigint")
      .addColumn("counts", "text")
      .addColumn("error", "text")
      .addColumn("error_class", "text")
      .addColumn("starts", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("catalog_cycles_key", ["tenant", "part", "id"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
    await db.schema.createTable("catalog_revisions")
      .addColumn("tenant", "text", (column) => column.notNull())
      .addColumn("part", "text", (column) => column.notNull())
      .addColumn("revision", "bigint", (column) => column.notNull())
      .addColumn("changed_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("catalog_revisions_key", ["tenant", "part"])
      .modifyEnd(tableEnd(db, "without rowid"))
      .execute();
  },
};

/** By name, in order. */
export const catalogMigrations: Readonly<Record<string, Migration>> = {
  "2026-12-21-catalog": createCatalog,
  "2026-12-21-catalog-cycles": createCatalogCycles,
};
