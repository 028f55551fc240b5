import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";

const health = z.object({
  status: z.enum(["starting", "ready", "unavailable", "draining", "stopping", "stopped"]).openapi({
    description: "Only `ready` takes work; `draining`: it runs no turns until it is told to again",
  }),
  version: z.string().openapi({ description: "Of Mailroom" }),
  uptimeMs: z.number().int().openapi({ description: "Since the process began" }),
  storage: z.enum(["ok", "unavailable"]).openapi({
    description: "`unavailable`: it refuses writes, and heals by itself",
  }),
  pending: z.number().int().openapi({ description: "Messages of all tenants that are not handled yet" }),
  running: z.number().int().openapi({ description: "Messages that are being handled" }),
  queuedCommits: z.number().int().openapi({ description: "What waits to be written" }),
  streams: z.number().int().openapi({ description: "Open event streams" }),
}).openapi("Health");

const probe = z.object({ status: z.string() });

/** For anyone, like the probes below: balancers have no token. Counts of the whole installation, no name of anything. */
export const healthRoute = createRoute({
  method: "get",
  path: "/health",
  access: "anyone",
  operationId: "getHealth",
  tags: ["operations"],
  summary: "How the server is; 200 whenever it can answer",
  responses: { 200: { description: "In numbers", content: { "application/json": { schema: health } } }, ...problems },
});

export function wholeHealth(deps: Deps): RouteHandler<typeof healthRoute, AppEnv> {
  const { system, clock, config, streams, startedAt } = deps;
  return (c) => {
    const { status, storage, pending, running, queuedCommits } = system.health();
    const uptimeMs = Math.max(0, Math.round(clock.now() - startedAt));
    const { version } = config;
    return c.json({ status, version, uptimeMs, storage, pending, running, queuedCommits, streams: streams.open }, 200);
  };
}

export const readyRoute = createRoute({
  method: "get",
  path: "/health/ready",
  access: "anyone",
  operationId: "getReadiness",
  tags: ["operations"],
  summary: "Whether the server takes work: 200 or 503",
  responses: { 200: { description: "It does", content: { "application/json": { schema: probe } } }, ...problems },
});

export function readiness({ system }: Deps): RouteHandler<typeof readyRoute, AppEnv> {
  return (c) => {
    const { status } = system.health();
    if (status !== "ready") throw new Refusal(503, `The server is ${status}`);
    return c.json({ status }, 200);
  };
}

export const liveRoute = createRoute({
  method: "get",
  path: "/health/live",
  access: "anyone",
  operationId: "getLiveness",
  tags: ["operations"],
  summary: "Whether the process answers at all",
  responses: { 200: { description: "It does", content: { "application/json": { schema: probe } } }, ...problems },
});

export function liveness(): RouteHandler<typeof liveRoute, AppEnv> {
  return (c) => c.json({ status: "live" }, 200);
}
