import { type RouteHandler, z } from "@hono/zod-openapi";
import type { ParcelsPage } from "../actors/parcel_stream/page_queries.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { toCsv } from "../actors/rendering/csv.ts";
import type { System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { csvFile } from "./csv_file.ts";
import type { AppEnv, Deps } from "./env.ts";
import { mustFollowParcels } from "./parcel_streams_view.ts";
import { pageWanted, parcelFilters } from "./parcels_list.ts";
import { parcelView, viewOfParcel } from "./parcels_view.ts";
import { problems } from "./problem_schema.ts";

/** So much of an export is in memory, whoever reads it how slowly. */
const PAGE_ROWS = 500;
const COLUMNS = parcelView.keyof().options;

export const exportRoute = createRoute({
  method: "get",
  path: "/api/parcels.csv",
  access: "viewer",
  operationId: "exportParcels",
  tags: ["parcels"],
  summary: "The latest state of parcels as a CSV file, however many there are",
  description: "Its rows are read while they are sent, so a parcel may be newer than one further up. A text that a " +
    "spreadsheet would take for a formula begins with an apostrophe.",
  request: { query: z.strictObject(parcelFilters) },
  responses: {
    200: { description: "The file, with a header", content: { "text/csv": { schema: z.string() } } },
    ...problems,
  },
});

export function exportAll({ system }: Deps): RouteHandler<typeof exportRoute, AppEnv> {
  return async (c) => {
    mustFollowParcels(system);
    const pages = csvPages(system, c.var.tenant, pageWanted(c.req.valid("query")));
    return await csvFile(c, pages, { filename: "parcels.csv" });
  };
}

/** A page is read when it is asked for. Those of a list by change end where they began. */
async function* csvPages(
  system: System,
  tenant: string,
  wanted: Omit<ParcelsPage, "limit" | "after">,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const utf8 = new TextEncoder();
  const begunAt = system.now();
  let head = toCsv([COLUMNS]);
  let after: ParcelsPage["after"];
  for (;;) {
    const read = await system.query(tenant, parcelTables.queries.parcels, { ...wanted, after, limit: PAGE_ROWS });
    // Else whoever reads more slowly than parcels change would never see the end.
    const rows = wanted.updatedSince === undefined ? read : read.filter(({ updatedAt }) => updatedAt <= begunAt);
    const text = toCsv(rows.map((row) => Object.values(viewOfParcel(row)).map((value) => value ?? "")));
    if (head !== "" || text !== "") yield utf8.encode(head + text);
    head = "";
    const last = rows.at(-1);
    if (rows.length < PAGE_ROWS || last === undefined) return;
    const { updatedAt, parcelId, stream } = last;
    after = { updatedAt, parcelId, stream };
  }
}
