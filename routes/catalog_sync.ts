import { type RouteHandler, z } from "@hono/zod-openapi";
import { CATALOG_TENANT, catalogAt, onceFor, PARTS } from "../actors/catalog/messages.ts";
import type { Config, System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { mustHaveCatalog } from "./catalog_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { problems } from "./problem_schema.ts";
import { catalogTables } from "../actors/catalog/tables.ts";

const asked = z.object({
  callableAt: z.iso.datetime().openapi({
    description: "When the catalogue may be asked: now, or when its limit or its own wish allow it",
  }),
});

export const syncRoute = createRoute({
  method: "post",
  path: "/api/catalog/sync",
  access: "platform",
  operationId: "syncCatalog",
  tags: ["catalog"],
  summary: "Read the card catalogue as soon as its limits allow",
  description: "While a part waits or is read, asking for it again changes nothing.",
  responses: {
    202: {
      description: "When each part is asked for; how it goes says `GET /api/catalog`",
      content: {
        "application/json": {
          schema: z.object({
            categories: asked.openapi({ description: "Of `GET /categories`" }),
            brands: asked.openapi({ description: "Of `GET /catalog`" }),
          }).openapi("AskedCatalog"),
        },
      },
    },
    ...problems,
  },
});

export function syncNow({ system, clock, deedOf }: Deps): RouteHandler<typeof syncRoute, AppEnv> {
  return async (c) => {
    mustHaveCatalog(system);
    const now = clock.now();
    const at = async (part: string) => {
      const sight = await system.upstreams.look(`catalog-${part}`);
      return { callableAt: iso(sight?.availableAt ?? now) };
    };
    const [categories, brands] = await Promise.all(PARTS.map(at));
    const told = await system.tellAll(
      PARTS.map((part) => ({ to: catalogAt(part), message: "sync", payload: {}, ...onceFor(part) })),
    );
    // The catalogue's actors are of another tenant than who asks, whose audit log it is.
    if (told.some(({ accepted }) => accepted)) {
      await system.write(c.var.tenant, { rows: [] }, deedOf(c, "catalog/main"));
    }
    return c.json({ categories: categories!, brands: brands! }, 202);
  };
}

/** Begins the first cycle of an installation that has a catalogue; the others come by the schedule. True when it did. */
export async function beginCatalog(
  system: System,
  { CATALOG_BASE_URL_V1: brands, CATALOG_BASE_URL_V2: categories }: Config,
): Promise<boolean> {
  if (brands === undefined || categories === undefined || !system.registry.kinds.has("catalog")) return false;
  if (await system.query(CATALOG_TENANT, catalogTables.queries.isAnyCycle, {})) return false;
  await system.tell(catalogAt("main"), "cycle", {}, onceFor("main"));
  return true;
}
