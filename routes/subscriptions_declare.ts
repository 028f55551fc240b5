import { type RouteHandler, z } from "@hono/zod-openapi";
import { InvalidError, type Registry } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { KEY } from "./actor_address.ts";
import type { AppEnv, Deps } from "./env.ts";
import { invalid, type Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { eventType, subscriptionParams, subscriptionView, viewOfSubscription } from "./subscription_view.ts";

const name = z.string().min(1).max(100);

const order = z.strictObject({
  eventType,
  target: z.strictObject({
    kind: name.openapi({ description: "Of the actor", example: "counter" }),
    key: z.string().regex(KEY, "must be 1-200 of A-Z, a-z, 0-9 and . _ ~ : @ + -").openapi({
      description: "Which of its kind",
      example: "jobs-done",
    }),
    message: name.default("event").openapi({ description: "One of the kind's that takes an event" }),
  }).openapi({ description: "Who is told: an actor of the tenant" }),
}).openapi("SubscriptionOrder");

export const subscribeRoute = createRoute({
  method: "post",
  path: "/api/subscriptions",
  access: "operator",
  operationId: "createSubscription",
  tags: ["subscriptions"],
  summary: "Have an actor told of every event of a type, from now on",
  description:
    "Each event comes as a durable message `{subscriptionId, number, at, type, subject, data}`, once, in the " +
    "order of the events. 409 when there is one that says the same; 422 when nobody would take its messages.",
  request: { body: { required: true, content: { "application/json": { schema: order } } } },
  responses: {
    201: { description: "The subscription", content: { "application/json": { schema: subscriptionView } } },
    ...problems,
  },
});

export function subscribe({ system, deedOf }: Deps): RouteHandler<typeof subscribeRoute, AppEnv> {
  return async (c) => {
    const declared = c.req.valid("json");
    mustBeThere(system.registry, declared.target);
    const id = system.createId();
    const deed = deedOf(c, `subscription/${id}`);
    const made = await system.subscriptions.create(c.var.tenant, { id, ...declared }, deed).catch(blame);
    return c.json(viewOfSubscription(made), 201, { Location: `/api/subscriptions/${made.id}` });
  };
}

export const unsubscribeRoute = createRoute({
  method: "delete",
  path: "/api/subscriptions/{id}",
  access: "operator",
  operationId: "deleteSubscription",
  tags: ["subscriptions"],
  summary: "Delete a subscription",
  description: "What it has sent is still handled. 409 for one that comes with a kind.",
  request: { params: subscriptionParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

export function unsubscribe({ system, deedOf }: Deps): RouteHandler<typeof unsubscribeRoute, AppEnv> {
  return async (c) => {
    const { id } = c.req.valid("param");
    await system.subscriptions.remove(c.var.tenant, id, deedOf(c, `subscription/${id}`));
    return c.body(null, 204);
  };
}

/** @throws {Refusal} 422 */
function mustBeThere({ kinds }: Registry, { kind: named, message }: z.infer<typeof order>["target"]): void {
  const kind = kinds.get(named);
  if (kind === undefined || !kind.addressable) {
    const known = [...kinds.values()].filter(({ addressable }) => addressable).map(({ kind }) => kind);
    throw refused("/kind", `must be one of ${known.join(", ")}`);
  }
  if (Object.hasOwn(kind.messages, message)) return;
  throw refused("/message", `must be one of ${Object.keys(kind.messages).join(", ")}`);
}

/** The runtime has tried what the target would be told. */
function blame(thrown: unknown): never {
  if (!(thrown instanceof InvalidError)) throw thrown;
  const wants = thrown.faults.map(({ pointer, detail }) => `${pointer || "/"} ${detail}`).join("; ");
  throw refused("/message", `must be one that takes an event: ${wants}`);
}

function refused(part: string, detail: string): Refusal {
  return invalid("Nobody would take what the subscription sends", [{ pointer: `/target${part}`, detail }]);
}
