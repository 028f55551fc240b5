import { type RouteHandler, z } from "@hono/zod-openapi";
import type { UpstreamSight } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { createChecks } from "./health_checks.ts";
import { iso } from "./instant.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { type Condition, CONDITIONS, type ScheduleSight } from "./schedules_check.ts";

/** More than a second's. */
const MANY_COMMITS = 10_000;

const upstream = z.object({
  name: z.string().openapi({ description: "As kinds declare it" }),
  breaker: z.enum(["closed", "open", "half-open"]).openapi({
    description: "`open`: calls fail at once, until a probe succeeds",
  }),
  errorRatio: z.number().openapi({
    description: "Of the requests of this node within the breaker's window, from 0 to 1",
  }),
  latencyMs: z.number().nullable().openapi({ description: "Of these, in the mean; null without any" }),
  remaining: z.number().int().nullable().openapi({
    description: "Requests that may begin at once, on all nodes; null without a limit",
  }),
  waitUntil: z.iso.datetime().nullable().openapi({ description: "No request before: the upstream asked for it" }),
}).openapi("UpstreamHealth");

const check = z.object({
  name: z.string().openapi({ description: "What was looked at", example: "financial-sync" }),
  status: z.enum(["ok", "failed"]).openapi({ description: "`failed` until what is wrong is mended" }),
  detail: z.string().nullable().openapi({ description: "What is wrong, in words and numbers" }),
}).openapi("HealthCheck");

const schedule = z.object({
  name: z.string().openapi({ description: "As a kind declares it", example: "catalog" }),
  condition: z.enum(CONDITIONS).openapi({
    description:
      "By how late the next tick is (90 s, 15 min), how many of its last runs have failed (a fifth, half) and how long one " +
      "takes (half of what lies between two ticks, all of it): above the first `degraded`, above the second `unhealthy`, as " +
      "where its last tick was refused or its actor is parked",
  }),
  lastTickAt: z.iso.datetime().nullable().openapi({ description: "When a run was last sent" }),
  nextTickAt: z.iso.datetime().nullable().openapi({ description: "When the next is due" }),
  lateMs: z.number().int().openapi({ description: "How long that is overdue" }),
  runs: z.number().int().openapi({
    description: "The newest that this node has seen, 20 at most; of these are the next",
  }),
  lastRunAt: z.iso.datetime().nullable().openapi({ description: "When the last one ended" }),
  errorRatio: z.number().openapi({ description: "Those that failed, from 0 to 1" }),
  durationMs: z.number().nullable().openapi({ description: "How long the others took, in the mean" }),
  detail: z.string().nullable().openapi({ description: "What is wrong, in words and numbers" }),
}).openapi("ScheduleHealth");

const health = z.object({
  condition: z.enum(CONDITIONS).openapi({
    description:
      "`unhealthy`: it takes no work; `degraded`: it does, and something wants a look: a check that failed, a schedule " +
      `that is not healthy, an upstream that is cut off, more than ${MANY_COMMITS} entries that wait to be written`,
  }),
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
  upstreams: z.array(upstream).openapi({ description: "Servers outside that kinds name, as this node sees them" }),
  checks: z.array(check).openapi({ description: "Whether what is kept is right, of all tenants" }),
  schedules: z.array(schedule).openapi({ description: "Those that come with kinds and are enabled" }),
}).openapi("Health");

/** Whether to look, in one word. */
function conditionOf(
  { status, queuedCommits, upstreams, checks, schedules }: Pick<
    z.infer<typeof health>,
    "status" | "queuedCommits" | "upstreams" | "checks" | "schedules"
  >,
): Condition {
  if (status !== "ready") return "unhealthy";
  const isWell = queuedCommits <= MANY_COMMITS && checks.every(({ status }) => status === "ok") &&
    upstreams.every(({ breaker }) => breaker !== "open") &&
    schedules.every(({ condition }) => condition === "healthy");
  return isWell ? "healthy" : "degraded";
}

const probe = z.object({ status: z.string() });

/** For anyone, like the probes below: balancers have no token. Counts of the whole installation, and the names of its upstreams. */
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
  const checksNow = createChecks(system, clock);
  return async (c) => {
    const { status, storage, pending, running, queuedCommits } = system.health();
    const uptimeMs = Math.max(0, Math.round(clock.now() - startedAt));
    const { version } = config;
    const upstreams = system.upstreams.sights().map(seen);
    const { checks, schedules } = await checksNow();
    const seenNow = { status, queuedCommits, upstreams, checks: [...checks], schedules: schedules.map(timed) };
    return c.json(
      {
        condition: conditionOf(seenNow),
        ...seenNow,
        version,
        uptimeMs,
        storage,
        pending,
        running,
        streams: streams.open,
      },
      200,
    );
  };
}

function seen(sight: UpstreamSight): z.infer<typeof upstream> {
  const { upstream: name, breaker, errorRatio, latencyMs, remaining, waitUntil } = sight;
  return { name, breaker, errorRatio, latencyMs, remaining, waitUntil: waitUntil === null ? null : iso(waitUntil) };
}

function timed(sight: ScheduleSight): z.infer<typeof schedule> {
  const isoOf = (at: number | null) => at === null ? null : iso(at);
  const { lastTickAt, nextTickAt, lastRunAt, ...rest } = sight;
  return { ...rest, lastTickAt: isoOf(lastTickAt), nextTickAt: isoOf(nextTickAt), lastRunAt: isoOf(lastRunAt) };
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
