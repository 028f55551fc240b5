import { type RouteHandler, z } from "@hono/zod-openapi";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { ofStream, parcelOf, parcelParams, parcelView, scanView, viewOfParcel, viewOfScan } from "./parcels_view.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^scan\/[a-z0-9-]{1,100}\/\d{1,16}$/;

export const getRoute = createRoute({
  method: "get",
  path: "/api/parcels/{id}",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "getParcel",
  tags: ["parcels"],
  summary: "The latest state of a parcel",
  request: { params: parcelParams, query: z.strictObject(ofStream) },
  responses: {
    200: { description: "The parcel", content: { "application/json": { schema: parcelView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    const { stream } = c.req.valid("query");
    return c.json(viewOfParcel(await parcelOf(system, c.var.tenant, { id, stream })), 200);
  };
}

export const historyRoute = createRoute({
  method: "get",
  path: "/api/parcels/{id}/history",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listScans",
  tags: ["parcels"],
  summary: "The scan events of a parcel, the latest by event id first",
  description: "Those that are older than the days that scans are kept are gone.",
  request: { params: parcelParams, query: z.strictObject({ ...paging, ...ofStream }) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(scanView).extend({ stream: z.string() }) } },
    },
    ...problems,
  },
});

/** A cursor goes on in its own stream, whichever hears of the parcel meanwhile. */
export function history({ system }: Deps): RouteHandler<typeof historyRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const { limit, cursor, stream: asked } = c.req.valid("query");
    const place = cursor === undefined ? null : placeIn(cursor);
    if (place !== null && (asked ?? place.stream) !== place.stream) throw foreignCursor();
    const { stream, parcelId } = await parcelOf(system, tenant, { id, stream: place?.stream ?? asked });
    const page = { stream, parcelId, before: place?.before, limit: limit + 1 };
    const rows = await system.query(tenant, parcelTables.queries.history, page);
    const placeOf = ({ eventId }: typeof rows[number]) => `scan/${stream}/${eventId}`;
    return c.json({ ...pageOf(rows, { limit, view: viewOfScan, placeOf }), stream }, 200);
  };
}

function placeIn(cursor: string): { readonly stream: string; readonly before: number } {
  const [, stream, before] = readCursor(cursor, PLACE).split("/") as [string, string, string];
  if (!Number.isSafeInteger(Number(before))) throw foreignCursor();
  return { stream, before: Number(before) };
}
