import { type RouteHandler, z } from "@hono/zod-openapi";
import type { ParcelsPage } from "../actors/parcel_stream/page_queries.ts";
import type { ParcelRow } from "../actors/parcel_stream/rows.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { createRoute } from "./access/create_route.ts";
import { tenantQuery } from "./access/named_tenant.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { mustFollowParcels } from "./parcel_streams_view.ts";
import { parcelView, viewOfParcel } from "./parcels_view.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^parcel\/\d{1,16}\/\d{1,16}\/[a-z0-9-]{1,100}$/;

/** Which parcels: for the list and for its file. */
export const parcelFilters = {
  tenant: tenantQuery,
  stream: z.string().max(100).optional().openapi({ description: "Of this stream only", example: "north-depot" }),
  type: z.string().max(50).optional().openapi({ description: "Whose last event is of this type", example: "DELIVERY" }),
  status: z.string().max(200).optional().openapi({
    description: "Of this status code only; an empty one is that of parcels without",
  }),
  runId: z.string().max(200).optional().openapi({ description: "Of this run only", example: "100" }),
  updatedSince: z.iso.datetime({ offset: true }).optional().openapi({
    description:
      "That have changed here since then. They come in the order of their changes then, so one that changes " +
      "while one reads comes again",
  }),
};

const filtered = z.object(parcelFilters);

export const listRoute = createRoute({
  method: "get",
  path: "/api/parcels",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listParcels",
  tags: ["parcels"],
  summary: "The latest state of parcels, by parcel id and stream",
  request: { query: z.strictObject({ ...parcelFilters, ...paging }) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(parcelView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { limit, cursor, ...filters } = c.req.valid("query");
    mustFollowParcels(system);
    const after = cursor === undefined ? undefined : placeIn(cursor);
    const page = { ...pageWanted(filters), after, limit: limit + 1 };
    const rows = await system.query(c.var.tenant, parcelTables.queries.parcels, page);
    return c.json(pageOf(rows, { limit, view: viewOfParcel, placeOf }), 200);
  };
}

export const countsRoute = createRoute({
  method: "get",
  path: "/api/parcels/counts",
  access: "viewer",
  dedupe: { windowMs: 1_000 },
  operationId: "countParcels",
  tags: ["parcels"],
  summary: "How many parcels there are of each type, in each stream",
  request: { query: z.strictObject({ tenant: tenantQuery, stream: parcelFilters.stream }) },
  responses: {
    200: {
      description: "By stream and type, at most 1,000 of them",
      content: {
        "application/json": {
          schema: z.object({
            items: z.array(z.object({ stream: z.string(), type: z.string(), parcels: z.number().int() })),
            nextCursor: z.null(),
          }),
        },
      },
    },
    ...problems,
  },
});

export function counts({ system }: Deps): RouteHandler<typeof countsRoute, AppEnv> {
  return async (c) => {
    mustFollowParcels(system);
    const items = await system.query(c.var.tenant, parcelTables.queries.counts, c.req.valid("query"));
    return c.json({ items: [...items], nextCursor: null }, 200);
  };
}

/** Which parcels are asked for. */
export function pageWanted(
  { stream, type, status: statusCode, runId, updatedSince }: z.output<typeof filtered>,
): Omit<ParcelsPage, "limit" | "after"> {
  return {
    stream,
    type,
    statusCode,
    runId,
    updatedSince: updatedSince === undefined ? undefined : Date.parse(updatedSince),
  };
}

function placeOf({ updatedAt, parcelId, stream }: ParcelRow): string {
  return `parcel/${updatedAt}/${parcelId}/${stream}`;
}

function placeIn(cursor: string): NonNullable<ParcelsPage["after"]> {
  const [, updatedAt, parcelId, stream] = readCursor(cursor, PLACE).split("/") as [string, string, string, string];
  const place = { updatedAt: Number(updatedAt), parcelId: Number(parcelId), stream };
  if (!Number.isSafeInteger(place.updatedAt) || !Number.isSafeInteger(place.parcelId)) throw foreignCursor();
  return place;
}
