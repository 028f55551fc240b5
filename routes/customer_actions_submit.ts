import { type RouteHandler, z } from "@hono/zod-openapi";
import { takeActions } from "./customer_actions_take.ts";
import { createRoute } from "./access/create_route.ts";
import { type ActionOrder, actionOrder, fanOutOf, fanOutView, mustKnowActions } from "./customer_actions_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { type Given, idsFrom, intakeView, repeatHeader, takeLines } from "./intake.ts";
import { isNdjson, NDJSON } from "./media_types.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";

export const submitRoute = createRoute({
  method: "post",
  path: "/api/customer-actions",
  access: "operator",
  operationId: "submitCustomerActions",
  tags: ["customer actions"],
  summary: "Say what happened to a customer, to several or to all; or many such actions, a line each",
  description:
    "Each customer concerned gets a letter and a credit application, once for each action. As NDJSON up to 50,000 " +
    "actions: each that is accepted is on disk before the answer, and a line that is wrong refuses that action alone. " +
    "The same id again is the same action; with other contents it is refused.",
  request: {
    headers: repeatHeader,
    body: {
      required: true,
      content: { "application/json": { schema: actionOrder }, [NDJSON]: { schema: z.string() } },
    },
  },
  responses: {
    200: {
      description: "The action, which was accepted before; or what became of the lines",
      content: { "application/json": { schema: z.union([fanOutView, intakeView]) } },
    },
    201: { description: "The action, on its way", content: { "application/json": { schema: fanOutView } } },
    ...problems,
  },
});

export function submit({ system, submissions, clock, deedOf }: Deps): RouteHandler<typeof submitRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    mustKnowActions(system);
    const idOf = await idsFrom(c.req.header("idempotency-key"), system.createId);
    const deed = (subject: string) => deedOf(c, subject);
    const admit = (count: number) => submissions.take(tenant, count);
    if (isNdjson(c.req.header("content-type"))) {
      const take = (part: readonly Given<ActionOrder>[]) => takeActions(system, tenant, { part, idOf, deed, admit });
      return c.json(await takeLines(c.req.raw, { schema: actionOrder, clock, take }), 200);
    }
    const order = c.req.valid("json") as ActionOrder;
    const id = order.id ?? idOf(1);
    const part = [{ line: 1, order }];
    const { accepted, refused } = await takeActions(system, tenant, { part, idOf: () => id, deed, admit });
    if (refused.length > 0) {
      throw invalid("The action cannot be accepted", [{ pointer: "", detail: refused[0]!.reason }]);
    }
    const view = await fanOutOf(system, tenant, id);
    return accepted === 0 ? c.json(view, 200) : c.json(view, 201, { Location: `/api/customer-actions/${id}` });
  };
}
