import { type RouteHandler, z } from "@hono/zod-openapi";
import {
  type AnyKind,
  InvalidError,
  type MessageSchemas,
  type Ref,
  RuntimeError,
  type System,
} from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { actorParams, noActor } from "./actor_address.ts";
import { actorView, parkedOf } from "./actor_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { answeredBy, idempotencyOf } from "./idempotency.ts";
import { iso } from "./instant.ts";
import { idempotencyHeader } from "./jobs_submit.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";

const named = actorParams.extend({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/).openapi({
    description: "Of the message or query, as its kind declares it",
    example: "add",
  }),
});

export const inspectRoute = createRoute({
  method: "get",
  path: "/api/actors/{kind}/{key}",
  access: "viewer",
  operationId: "getActor",
  tags: ["actors"],
  summary: "What is committed of an actor",
  request: { params: actorParams },
  responses: { 200: { description: "The actor", content: { "application/json": { schema: actorView } } }, ...problems },
});

export function inspect({ system }: Deps): RouteHandler<typeof inspectRoute, AppEnv> {
  return async (c) => {
    const { kind, key } = c.req.valid("param");
    if (!system.registry.kinds.has(kind)) throw noActor();
    const found = await system.inspect({ tenant: c.var.tenant, kind, key });
    if (found === null) throw noActor();
    const { state, version, updatedAt, mailboxDepth, running, parked } = found;
    return c.json({
      state,
      version,
      updatedAt: updatedAt === null ? null : iso(updatedAt),
      mailboxDepth,
      running,
      parked: parkedOf(parked),
    }, 200);
  };
}

export const messageRoute = createRoute({
  method: "post",
  path: "/api/actors/{kind}/{key}/{name}",
  access: "operator",
  operationId: "sendMessage",
  tags: ["actors"],
  summary: "Send a message to an actor; the answer comes when it is on disk, before it is handled",
  request: {
    params: named,
    headers: idempotencyHeader,
    body: { required: false, content: { "application/json": { schema: z.unknown().openapi({ type: "object" }) } } },
  },
  responses: {
    202: {
      description: "It will be handled",
      content: { "application/json": { schema: z.object({ messageId: z.string() }) } },
    },
    ...problems,
  },
});

export function message({ system, submissions, deedOf }: Deps): RouteHandler<typeof messageRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { kind, key, name } = c.req.valid("param");
    if (!Object.hasOwn(addressable(system, kind).messages, name)) throw noName();
    const payload = c.req.valid("json");
    const repeat = await idempotencyOf(c.req.header("idempotency-key"), {
      scope: "POST /api/actors",
      request: { kind, key, name, payload },
    });
    await submissions.take(tenant, 1);
    const answer = { messageId: system.createId() };
    const told = await system.tell({ tenant, kind, key }, name, payload, {
      deed: deedOf(c, `${kind}/${key}`),
      ...answer,
      ...answeredBy(repeat, answer),
    }).catch(blameBody);
    if (told.accepted || told.by === "dedupe") return c.json(answer, 202);
    return c.json(JSON.parse(told.answer) as typeof answer, 202, { "Idempotency-Replayed": "true" });
  };
}

export const queryRoute = createRoute({
  method: "get",
  path: "/api/actors/{kind}/{key}/{name}",
  access: "viewer",
  operationId: "queryActor",
  tags: ["actors"],
  summary: "Ask an actor about its committed state; query parameters are the question's arguments",
  request: { params: named },
  responses: {
    200: { description: "The answer", content: { "application/json": { schema: z.unknown() } } },
    ...problems,
  },
});

export function query({ system }: Deps): RouteHandler<typeof queryRoute, AppEnv> {
  return async (c) => {
    const { kind, key, name } = c.req.valid("param");
    if (!Object.hasOwn(addressable(system, kind).queries, name)) throw noName();
    const args = argumentsOf(c.req.queries());
    const given = Object.keys(args).length > 0;
    const actor: Ref<MessageSchemas, Record<string, (state: object, args: unknown) => unknown>> = {
      tenant: c.var.tenant,
      kind,
      key,
    };
    const answer = await system.ask(actor, name, given ? args : undefined)
      .catch((thrown: unknown) => given ? blameArguments(thrown) : Promise.reject(thrown));
    return c.json(answer, 200);
  };
}

/** @throws {Refusal} 422 when one is given twice: which of them was meant? */
function argumentsOf({ tenant: _, ...given }: Record<string, string[]>): Record<string, string> {
  const twice = Object.keys(given).filter((name) => given[name]!.length > 1);
  if (twice.length > 0) {
    const faults = twice.map((name) => ({ pointer: `/${name}`, detail: "must be given once" }));
    throw invalid("The query string is invalid", faults);
  }
  return Object.fromEntries(Object.entries(given).map(([name, [value]]) => [name, value!]));
}

/** @throws {RuntimeError} `not-found` when the kind is unknown or has a door of its own */
function addressable(system: System, name: string): AnyKind {
  const kind = system.registry.kinds.get(name);
  if (kind === undefined) throw noActor();
  if (!kind.addressable) throw new RuntimeError("not-found", "This kind is reached through /api/jobs");
  return kind;
}

function noName(): RuntimeError {
  return new RuntimeError("not-found", "The actor knows no such message or query");
}

function blameBody(thrown: unknown): never {
  if (thrown instanceof InvalidError) throw invalid(thrown.message, thrown.faults);
  throw thrown;
}

/** A query that stumbles over what it was given is the asker's fault as far as anyone can tell. */
function blameArguments(thrown: unknown): never {
  if (thrown instanceof RuntimeError && thrown.code === "handler-failed") {
    throw invalid("The query failed with these arguments", []);
  }
  throw thrown;
}
