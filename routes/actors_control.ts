import { type RouteHandler, z } from "@hono/zod-openapi";
import { type ActorSight, RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { actorParams, kindParam, noActor } from "./actor_address.ts";
import { actorSightView, sightOf } from "./actor_view.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^[a-z][a-z0-9-]{0,99}\/[A-Za-z0-9._~:@+-]{1,200}$/;

export const listRoute = createRoute({
  method: "get",
  path: "/api/actors",
  access: "viewer",
  // Whether an actor runs just now is told as well, and no commit says when that begins.
  dedupe: { windowMs: 1_000 },
  operationId: "listActors",
  tags: ["actors"],
  summary: "Actors that have state, mail or a supervisor, by kind and key",
  request: {
    query: z.strictObject({
      ...paging,
      kind: kindParam.optional().openapi({ description: "Of this kind only" }),
      status: z.enum(["parked", "waiting", "idle"]).optional().openapi({ description: "In this state only" }),
    }),
  },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(actorSightView) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { kind, status, limit, cursor } = c.req.valid("query");
    const sights = await system.control.actors({
      tenant,
      limit: limit + 1,
      ...(kind === undefined ? {} : { kind }),
      ...(status === undefined ? {} : { status }),
      ...(cursor === undefined ? {} : { after: placeIn(cursor, kind) }),
    });
    const view = (sight: ActorSight) => sightOf(sight, system.isRunning({ tenant, kind: sight.kind, key: sight.key }));
    return c.json(pageOf(sights, { limit, view, placeOf: ({ kind, key }) => `${kind}/${key}` }), 200);
  };
}

export const resumeRoute = createRoute({
  method: "post",
  path: "/api/actors/{kind}/{key}/resume",
  access: "operator",
  operationId: "resumeActor",
  tags: ["actors"],
  summary: "Let a parked actor go on, and those that were parked because of it",
  description: "Its failures count anew. 409 when it is not parked.",
  request: { params: actorParams },
  responses: { 204: { description: "It takes turns again" }, ...problems },
});

export function resume({ system, deedOf }: Deps): RouteHandler<typeof resumeRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const address = { tenant, ...c.req.valid("param") };
    if (!system.registry.kinds.has(address.kind)) throw noActor();
    await system.control.resume(address, deedOf(c, `${address.kind}/${address.key}`)).catch(async (thrown: unknown) => {
      const isNotParked = thrown instanceof RuntimeError && thrown.code === "conflict";
      throw isNotParked && await system.inspect(address) === null ? noActor() : thrown;
    });
    return c.body(null, 204);
  };
}

/** @throws {Refusal} 400 when the cursor is of a list of another kind, where it would skip actors of this one */
function placeIn(cursor: string, wanted: string | undefined): { readonly kind: string; readonly key: string } {
  const [kind, key] = readCursor(cursor, PLACE).split("/") as [string, string];
  if (wanted !== undefined && wanted !== kind) throw foreignCursor();
  return { kind, key };
}
