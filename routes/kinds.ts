import { type RouteHandler, z } from "@hono/zod-openapi";
import { isJobKind, isSubmittable, type JobKind } from "../actors/job/define_job.ts";
import { type AnyKind, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { kindParam } from "./actor_address.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { problems } from "./problem_schema.ts";

const kindView = z.object({
  name: z.string().openapi({ description: "Kebab-case", example: "import" }),
  isJob: z.boolean().openapi({
    description: "It is a job type: what `POST /api/jobs` calls `type`, unless it is internal",
  }),
  isInternal: z.boolean().openapi({
    description: "Only other actors send to it: it can be neither submitted nor named by schedules",
  }),
  paused: z.object({ by: z.string(), at: z.iso.datetime() }).nullable().openapi({
    description: "Who paused it for this tenant, and since when; null when its messages run",
  }),
  formats: z.array(z.object({
    name: z.string().openapi({ description: "What `?format=` takes", example: "csv" }),
    title: z.string().openapi({ description: "What a person is offered it as", example: "Rejects as CSV" }),
    contentType: z.string(),
  })).openapi({ description: "What the result of a job of this type can be read as; empty for what is no job" }),
}).openapi("Kind");

type KindView = z.infer<typeof kindView>;

const kind = { "application/json": { schema: kindView } };

export const listRoute = createRoute({
  method: "get",
  path: "/api/kinds",
  access: "viewer",
  operationId: "listKinds",
  tags: ["kinds"],
  summary: "The kinds of actors and the job types of this installation",
  responses: {
    200: {
      description: "All of them, in the order of the registry",
      content: { "application/json": { schema: z.object({ items: z.array(kindView), nextCursor: z.null() }) } },
    },
    ...problems,
  },
});

export function list({ system }: Deps): RouteHandler<typeof listRoute, AppEnv> {
  return (c) => {
    const items = [...system.registry.kinds.values()].map((kind) => viewOf(system, c.var.tenant, kind));
    return c.json({ items, nextCursor: null }, 200);
  };
}

export const pauseRoute = createRoute({
  method: "post",
  path: "/api/kinds/{kind}/pause",
  access: "admin",
  operationId: "pauseKind",
  tags: ["kinds"],
  summary: "Start no message of the kind for this tenant until it is resumed",
  description:
    "Work is still taken in, and waits on disk; what runs ends. Holds over restarts. A second call changes nothing.",
  request: { params: z.object({ kind: kindParam }) },
  responses: { 200: { description: "The kind, paused", content: kind }, ...problems },
});

export function pause({ system, deedOf }: Deps): RouteHandler<typeof pauseRoute, AppEnv> {
  return async (c) => {
    const kind = kindNamed(system, c.req.valid("param").kind);
    await system.control.pauseKind(c.var.tenant, kind.kind, deedOf(c, `kind/${kind.kind}`));
    return c.json(viewOf(system, c.var.tenant, kind), 200);
  };
}

export const resumeRoute = createRoute({
  method: "post",
  path: "/api/kinds/{kind}/resume",
  access: "admin",
  operationId: "resumeKind",
  tags: ["kinds"],
  summary: "Let the messages of a paused kind run",
  description: "Of one that is not paused nothing changes.",
  request: { params: z.object({ kind: kindParam }) },
  responses: { 200: { description: "The kind, not paused", content: kind }, ...problems },
});

export function resume({ system, deedOf }: Deps): RouteHandler<typeof resumeRoute, AppEnv> {
  return async (c) => {
    const kind = kindNamed(system, c.req.valid("param").kind);
    await system.control.resumeKind(c.var.tenant, kind.kind, deedOf(c, `kind/${kind.kind}`));
    return c.json(viewOf(system, c.var.tenant, kind), 200);
  };
}

function kindNamed({ registry }: System, name: string): AnyKind {
  const kind = registry.kinds.get(name);
  if (kind === undefined) throw new RuntimeError("not-found", "There is no such kind");
  return kind;
}

function viewOf({ control }: Pick<System, "control">, tenant: string, kind: AnyKind): KindView {
  const paused = control.pausedKinds(tenant).find((paused) => paused.kind === kind.kind);
  return {
    name: kind.kind,
    isJob: isJobKind(kind),
    isInternal: isJobKind(kind) ? !isSubmittable(kind) : !kind.addressable,
    paused: paused === undefined ? null : { by: paused.by, at: iso(paused.at) },
    formats: isJobKind(kind) ? [JSON_FORMAT, ...formatsOf(kind)] : [],
  };
}

const JSON_FORMAT = { name: "json", title: "JSON", contentType: "application/json" };

function formatsOf({ renderings }: Pick<JobKind, "renderings">): KindView["formats"] {
  return Object.entries(renderings).map(([name, { title = name.toUpperCase(), contentType }]) => ({
    name,
    title,
    contentType,
  }));
}
