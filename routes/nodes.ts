import { type RouteHandler, z } from "@hono/zod-openapi";
import type { NodeView } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { problems } from "./problem_schema.ts";

const NODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const nodeView = z.object({
  name: z.string().openapi({ description: "`NODE`", example: "api-1-8000" }),
  role: z.enum(["all", "http", "worker", "notifications"]).openapi({ description: "`ROLE`" }),
  generation: z.number().int().openapi({ description: "Of this life; larger than that of any life before" }),
  startedAt: z.iso.datetime().openapi({ description: "This life of it" }),
  leaseUntil: z.iso.datetime().nullable().openapi({
    description: "When others take over its work unless it says before that it lives; null for a node alone",
  }),
  drained: z.boolean().openapi({ description: "Somebody wants it to take no more turns" }),
  running: z.number().int().openapi({ description: "Messages that it is handling" }),
  waiting: z.number().int().openapi({ description: "Actors that wait there for their turn" }),
  owned: z.number().int().nullable().openapi({ description: "Actors whose next message it alone handles; null alone" }),
}).openapi("Node");

const node = { "application/json": { schema: nodeView } };
const nodeParams = z.object({
  node: z.string().regex(NODE).openapi({ description: "Its name", example: "api-1-8000" }),
});

export const listRoute = createRoute({
  method: "get",
  path: "/api/nodes",
  access: "platform",
  operationId: "listNodes",
  tags: ["operations"],
  summary: "The nodes that share the database",
  description: "As each wrote of itself when it last renewed its lease. On SQLite there is one.",
  responses: {
    200: {
      description: "Those that live, the oldest first",
      content: { "application/json": { schema: z.object({ items: z.array(nodeView), nextCursor: z.null() }) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return async (c) => c.json({ items: (await system.nodes.list()).map(viewOf), nextCursor: null }, 200);
}

export const drainRoute = createRoute({
  method: "post",
  path: "/api/nodes/{node}/drain",
  access: "platform",
  operationId: "drainNode",
  tags: ["operations"],
  summary: "Have a node take no more turns and hand over its work",
  description:
    "What runs there ends there; the rest is at once any other's. It still takes requests, but is not ready. " +
    "It forgets this when it is started anew. A second call changes nothing.",
  request: { params: nodeParams },
  responses: { 200: { description: "The node, which obeys soon", content: node }, ...problems },
});

export function drain({ system, deedOf }: Deps): RouteHandler<typeof drainRoute, AppEnv> {
  return async (c) => {
    const { node } = c.req.valid("param");
    return c.json(viewOf(await system.nodes.drain(c.var.tenant, node, true, deedOf(c, `node/${node}`))), 200);
  };
}

export const undrainRoute = createRoute({
  method: "post",
  path: "/api/nodes/{node}/undrain",
  access: "platform",
  operationId: "undrainNode",
  tags: ["operations"],
  summary: "Let a drained node take turns again",
  description: "Of one that is not drained nothing changes.",
  request: { params: nodeParams },
  responses: { 200: { description: "The node, which obeys soon", content: node }, ...problems },
});

export function undrain({ system, deedOf }: Deps): RouteHandler<typeof undrainRoute, AppEnv> {
  return async (c) => {
    const { node } = c.req.valid("param");
    return c.json(viewOf(await system.nodes.drain(c.var.tenant, node, false, deedOf(c, `node/${node}`))), 200);
  };
}

function viewOf({ node, startedAt, leaseUntil, ...rest }: NodeView): z.infer<typeof nodeView> {
  return { name: node, startedAt: iso(startedAt), leaseUntil: leaseUntil === null ? null : iso(leaseUntil), ...rest };
}
