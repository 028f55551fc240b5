import { type RouteHandler, z } from "@hono/zod-openapi";
import type { ProductWithParts } from "../actors/catalog/list_queries.ts";
import { CATALOG_TENANT } from "../actors/catalog/messages.ts";
import { catalogTables } from "../actors/catalog/tables.ts";
import { RuntimeError } from "../runtime/mod.ts";
import { tenantQuery } from "./access/named_tenant.ts";
import { createRoute } from "./access/create_route.ts";
import {
  brandView,
  categoryView,
  mustHaveCatalog,
  productView,
  viewOfBrand,
  viewOfCategory,
  viewOfProduct,
} from "./catalog_view.ts";
import { hasTag, tagged, tagOf } from "./conditional.ts";
import { readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const ID = "[A-Za-z0-9][A-Za-z0-9._:-]{0,99}";
const { queries } = catalogTables;

const filters = {
  ...paging,
  status: z.enum(["active", "withdrawn", "announced"]).optional().openapi({ description: "Of this status only" }),
  changedSince: z.iso.datetime().optional().openapi({ description: "Changed at this instant or after it" }),
};
const itemId = z.string().regex(new RegExp(`^${ID}$`), "is no id of a catalogue").openapi({
  description: "As the catalogue has it",
  example: "b12",
});
const unchanged = { 304: { description: "What `If-None-Match` names is still what there is" } } as const;
const ALL_TENANTS = "The catalogue is the installation's: all tenants read the same. `ETag` and `If-None-Match` tell " +
  "whether anything has changed.";

export const categoriesRoute = createRoute({
  method: "get",
  path: "/api/catalog/categories",
  access: "viewer",
  operationId: "listCatalogCategories",
  tags: ["catalog"],
  summary: "The categories of the card catalogue, by id",
  description: ALL_TENANTS,
  request: { query: z.strictObject(filters) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(categoryView) } },
    },
    ...unchanged,
    ...problems,
  },
});

export function categories({ system }: Deps): RouteHandler<typeof categoriesRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const { limit, cursor, status, changedSince } = c.req.valid("query");
    const after = placeIn("category", cursor);
    if (hasTag(c, tagOf("categories", await system.query(CATALOG_TENANT, queries.revision, { part: "categories" })))) {
      return c.body(null, 304);
    }
    const args = { after, limit: limit + 1, status, changedSince: sinceIn(changedSince) };
    const { revision, found } = await system.query(CATALOG_TENANT, queries.categories, args);
    const page = pageOf(found, {
      limit,
      view: viewOfCategory,
      placeOf: ({ internalId }) => `category/${internalId}`,
    });
    return c.json(page, 200, tagged(tagOf("categories", revision)));
  };
}

export const brandsRoute = createRoute({
  method: "get",
  path: "/api/catalog/brands",
  access: "viewer",
  operationId: "listCatalogBrands",
  tags: ["catalog"],
  summary: "The brands of the card catalogue, by id",
  description: ALL_TENANTS,
  request: {
    query: z.strictObject({
      ...filters,
      category: itemId.optional().openapi({ description: "In this category only" }),
      country: z.string().regex(/^[A-Z]{2}$/).optional().openapi({
        description: "Of this country only",
        example: "DE",
      }),
      currency: z.string().regex(/^[A-Z]{3}$/).optional().openapi({ description: "In this currency only" }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(brandView) } },
    },
    ...unchanged,
    ...problems,
  },
});

export function brands({ system }: Deps): RouteHandler<typeof brandsRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const { limit, cursor, status, changedSince, category, country, currency } = c.req.valid("query");
    const after = placeIn("brand", cursor);
    if (hasTag(c, tagOf("brands", await system.query(CATALOG_TENANT, queries.revision, { part: "brands" })))) {
      return c.body(null, 304);
    }
    const args = {
      ...{ after, limit: limit + 1, status, category, country, currency },
      changedSince: sinceIn(changedSince),
    };
    const { revision, found } = await system.query(CATALOG_TENANT, queries.brands, args);
    const page = pageOf(found, { limit, view: viewOfBrand, placeOf: ({ internalId }) => `brand/${internalId}` });
    return c.json(page, 200, tagged(tagOf("brands", revision)));
  };
}

export const brandRoute = createRoute({
  method: "get",
  path: "/api/catalog/brands/{id}",
  access: "viewer",
  operationId: "getCatalogBrand",
  tags: ["catalog"],
  summary: "A brand of the card catalogue",
  request: { params: z.object({ id: itemId }), query: z.strictObject({ tenant: tenantQuery }) },
  responses: {
    200: { description: "The brand", content: { "application/json": { schema: brandView } } },
    ...unchanged,
    ...problems,
  },
});

export function brand({ system }: Deps): RouteHandler<typeof brandRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const { id } = c.req.valid("param");
    const { revision, found } = await system.query(CATALOG_TENANT, queries.brand, { id });
    if (found === null) throw new RuntimeError("not-found", `The catalogue has no brand ${id}`);
    const tag = tagOf("brands", revision);
    if (hasTag(c, tag)) return c.body(null, 304);
    return c.json(viewOfBrand(found), 200, tagged(tag));
  };
}

export const productsRoute = createRoute({
  method: "get",
  path: "/api/catalog/products",
  access: "viewer",
  operationId: "listCatalogProducts",
  tags: ["catalog"],
  summary: "The products of the card catalogue with their prices and configurations, by id",
  description: ALL_TENANTS,
  request: {
    query: z.strictObject({ ...filters, brand: itemId.optional().openapi({ description: "Of this brand only" }) }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(productView) } },
    },
    ...unchanged,
    ...problems,
  },
});

export function products({ system }: Deps): RouteHandler<typeof productsRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const { limit, cursor, status, changedSince, brand } = c.req.valid("query");
    const after = placeIn("product", cursor);
    if (hasTag(c, tagOf("brands", await system.query(CATALOG_TENANT, queries.revision, { part: "brands" })))) {
      return c.body(null, 304);
    }
    const args = { after, limit: limit + 1, status, brand, changedSince: sinceIn(changedSince) };
    const { revision, found } = await system.query(CATALOG_TENANT, queries.products, args);
    const placeOf = ({ internalId }: ProductWithParts) => `product/${internalId}`;
    return c.json(pageOf(found, { limit, view: viewOfProduct, placeOf }), 200, tagged(tagOf("brands", revision)));
  };
}

function placeIn(what: string, cursor: string | undefined): string | undefined {
  return cursor === undefined
    ? undefined
    : readCursor(cursor, new RegExp(`^${what}/${ID}$`)).slice(what.length + "/".length);
}

function sinceIn(instant: string | undefined): number | undefined {
  return instant === undefined ? undefined : Date.parse(instant);
}
