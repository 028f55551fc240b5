import { defineTables } from "../authoring.ts";
import { catalogMigrations } from "./migrations.ts";
import { listQueries } from "./list_queries.ts";
import { syncQueries } from "./sync_queries.ts";
import type { CatalogDatabase } from "./rows.ts";
import { catalogWrites } from "./writes.ts";

/** What the card catalogue lists, how it was read, and what of it was set aside. */
export const catalogTables = defineTables<CatalogDatabase>()("catalog", {
  migrations: catalogMigrations,
  writes: catalogWrites,
  queries: (declare) => ({ ...syncQueries(declare), ...listQueries(declare) }),
});
