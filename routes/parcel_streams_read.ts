import { type RouteHandler, z } from "@hono/zod-openapi";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import type { Parked, System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import {
  currentView,
  mustFollowParcels,
  STREAM_KIND,
  streamParams,
  streamView,
  viewOfStream,
} from "./parcel_streams_view.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^stream\/[a-z0-9-]{1,100}$/;
/** Parked streams of a tenant that a list knows of. */
const MOST_PARKED = 1_000;

export const listRoute = createRoute({
  method: "get",
  path: "/api/streams",
  access: "viewer",
  // It tells how long something is ago, and what this node sees of the sources.
  dedupe: { windowMs: 1_000 },
  operationId: "listParcelStreams",
  tags: ["parcel streams"],
  summary: "The parcel streams, by name",
  request: { query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(streamView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { limit, cursor } = c.req.valid("query");
    mustFollowParcels(system);
    const after = cursor === undefined ? undefined : readCursor(cursor, PLACE).slice("stream/".length);
    const rows = await system.query(tenant, parcelTables.queries.streams, { after, limit: limit + 1 });
    const parked = rows.length === 0 ? new Map<string, Parked>() : await parkedStreams(system, tenant);
    const view = (row: typeof rows[number]) => viewOfStream(system, row, parked.get(row.name) ?? null);
    return c.json(pageOf(rows, { limit, view, placeOf: ({ name }) => `stream/${name}` }), 200);
  };
}

export const getRoute = createRoute({
  method: "get",
  path: "/api/streams/{name}",
  access: "viewer",
  operationId: "getParcelStream",
  tags: ["parcel streams"],
  summary: "A parcel stream: how far it is, how fast, and what went wrong last",
  request: { params: streamParams },
  responses: {
    200: { description: "The stream", content: { "application/json": { schema: streamView } } },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(await currentView(system, c.var.tenant, c.req.valid("param").name), 200);
}

async function parkedStreams({ control }: System, tenant: string): Promise<ReadonlyMap<string, Parked>> {
  const sights = await control.actors({ tenant, kind: STREAM_KIND, status: "parked", limit: MOST_PARKED });
  return new Map(sights.flatMap(({ key, parked }) => parked === null ? [] : [[key, parked] as const]));
}
