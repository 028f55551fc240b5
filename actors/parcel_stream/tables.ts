import { defineTables } from "../authoring.ts";
import { parcelMigrations } from "./migrations.ts";
import { parcelQueries } from "./queries.ts";
import type { ParcelDatabase } from "./rows.ts";
import { parcelSweeps } from "./sweeps.ts";
import { parcelWrites } from "./writes.ts";

/** Streams, the parcels that they follow, and what they were told of them. */
export const parcelTables = defineTables<ParcelDatabase>()("parcel", {
  migrations: parcelMigrations,
  writes: parcelWrites,
  queries: parcelQueries,
  sweeps: parcelSweeps,
});
