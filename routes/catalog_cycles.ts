import { type RouteHandler, z } from "@hono/zod-openapi";
import { CATALOG_TENANT, PARTS } from "../actors/catalog/messages.ts";
import type { Part } from "../actors/catalog/rows.ts";
import { catalogTables } from "../actors/catalog/tables.ts";
import { createRoute } from "./access/create_route.ts";
import {
  asideView,
  cycleView,
  isoOrNull,
  mustHaveCatalog,
  partName,
  viewOfAside,
  viewOfCycle,
} from "./catalog_view.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const CYCLE = /^cycle\/[0-9A-Za-z-]{1,64}$/;
const ASIDE = /^aside\/[A-Za-z0-9_-]{1,64}$/;
const { queries } = catalogTables;

const partView = z.object({
  lastCycle: cycleView.nullable().openapi({ description: "The newest; null when there was none" }),
  completedAt: z.iso.datetime().nullable().openapi({ description: "When one was last completed" }),
  revision: z.number().int().openapi({ description: "Grows with each cycle that changes something" }),
  callableAt: z.iso.datetime().nullable().openapi({
    description: "When the catalogue may be asked next; null: at once",
  }),
});

export const statusRoute = createRoute({
  method: "get",
  path: "/api/catalog",
  access: "viewer",
  operationId: "getCatalog",
  tags: ["catalog"],
  summary: "How the card catalogue is kept in step",
  responses: {
    200: {
      description: "Each part, and when both are read next",
      content: {
        "application/json": {
          schema: z.object({
            nextAt: z.iso.datetime().nullable().openapi({
              description: "Of the schedule `catalog`; null: it is not read",
            }),
            everyMs: z.number().int().nullable().openapi({ description: "Its interval" }),
            categories: partView.openapi({ description: "What `GET /categories` tells of" }),
            brands: partView.openapi({ description: "What `GET /catalog` tells of, products included" }),
          }).openapi("Catalog"),
        },
      },
    },
    ...problems,
  },
});

export function status({ system }: Deps): RouteHandler<typeof statusRoute, AppEnv> {
  const partOf = async (part: Part) => {
    const [[last], [completed], revision, sight] = await Promise.all([
      system.query(CATALOG_TENANT, queries.cycles, { part, limit: 1 }),
      system.query(CATALOG_TENANT, queries.cycles, { part, status: "completed", limit: 1 }),
      system.query(CATALOG_TENANT, queries.revision, { part }),
      system.upstreams.look(`catalog-${part}`),
    ]);
    return {
      lastCycle: last === undefined ? null : viewOfCycle(last),
      completedAt: isoOrNull(completed?.endedAt ?? null),
      revision,
      callableAt: isoOrNull(sight?.availableAt ?? null),
    };
  };
  return async (c) => {
    mustHaveCatalog(system);
    const schedule = await system.schedules.get(CATALOG_TENANT, "catalog");
    const [categories, brands] = await Promise.all(PARTS.map(partOf));
    return c.json({
      nextAt: schedule?.enabled ? isoOrNull(schedule.nextAt) : null,
      everyMs: schedule !== null && "everyMs" in schedule.timing ? schedule.timing.everyMs : null,
      categories: categories!,
      brands: brands!,
    }, 200);
  };
}

export const cyclesRoute = createRoute({
  method: "get",
  path: "/api/catalog/cycles",
  access: "viewer",
  operationId: "listCatalogCycles",
  tags: ["catalog"],
  summary: "The last 1,000 cycles of a part, newest first",
  request: {
    query: z.strictObject({
      ...paging,
      part: partName.default("brands"),
      status: z.enum(["running", "delayed", "completed", "failed"]).optional().openapi({
        description: "Of this status only",
      }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(cycleView) } },
    },
    ...problems,
  },
});

export function cycles({ system }: Deps): RouteHandler<typeof cyclesRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const { limit, cursor, part, status } = c.req.valid("query");
    const after = cursor === undefined ? undefined : readCursor(cursor, CYCLE).slice("cycle/".length);
    const rows = await system.query(CATALOG_TENANT, queries.cycles, { part, status, after, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfCycle, placeOf: ({ id }) => `cycle/${id}` }), 200);
  };
}

export const setAsideRoute = createRoute({
  method: "get",
  path: "/api/catalog/set-aside",
  access: "viewer",
  operationId: "listCatalogSetAside",
  tags: ["catalog"],
  summary: "What the catalogue lists and nobody can take over, with the reason; what is there of it stays as it was",
  request: { query: z.strictObject({ ...paging, part: partName.default("brands") }) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(asideView) } },
    },
    ...problems,
  },
});

export function setAside({ system }: Deps): RouteHandler<typeof setAsideRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const { limit, cursor, part } = c.req.valid("query");
    const after = cursor === undefined ? undefined : readCursor(cursor, ASIDE).slice("aside/".length);
    const rows = await system.query(CATALOG_TENANT, queries.setAside, { part, after, limit: limit + 1 });
    return c.json(pageOf(rows, { limit, view: viewOfAside, placeOf: ({ hash }) => `aside/${hash}` }), 200);
  };
}
