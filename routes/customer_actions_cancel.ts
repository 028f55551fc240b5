import type { RouteHandler } from "@hono/zod-openapi";
import { allSucceeded } from "../actors/customer_action/children.ts";
import { actionEvent } from "../actors/customer_action/end_action.ts";
import { actionTables } from "../actors/customer_action/tables.ts";
import { type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { actionOf, actionParams, fanOutOf, fanOutView } from "./customer_actions_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { takeUndisturbed } from "./intake.ts";
import { problems } from "./problem_schema.ts";

const { name: tables, writes } = actionTables;

export const cancelRoute = createRoute({
  method: "post",
  path: "/api/customer-actions/{id}/cancel",
  access: "operator",
  operationId: "cancelCustomerAction",
  tags: ["customer actions"],
  summary: "Cancel what an action began and has not ended",
  description: "Children that have ended stay so. Of an action that is over nothing changes.",
  request: { params: actionParams },
  responses: {
    200: {
      description: "The action, cancelled or about to be",
      content: { "application/json": { schema: fanOutView } },
    },
    ...problems,
  },
});

export function cancel({ system, deedOf }: Deps): RouteHandler<typeof cancelRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    // Children may come, or the end, while it is decided.
    await takeUndisturbed(() => cancelOnce(system, tenant, { id, deed: deedOf(c, `customer-action/${id}`) }));
    return c.json(await fanOutOf(system, tenant, id), 200);
  };
}

async function cancelOnce(system: System, tenant: string, { id, deed }: { id: string; deed: Deed }): Promise<void> {
  const { status, batchId, cancelWishedBy } = await actionOf(system, tenant, id);
  if (status !== "running") return;
  const { by } = deed;
  if (batchId === null) {
    const counts = allSucceeded(0);
    const args = { id, by, counts: JSON.stringify(counts), at: system.now() };
    const rows = [{ tables, write: writes.cancelledAtOnce.name, args }];
    return await system.write(tenant, { rows, events: [actionEvent(id, { status: "cancelled", counts })] }, deed);
  }
  const rows = [{ tables, write: writes.cancelWished.name, args: { id, by } }];
  if (cancelWishedBy === null) await system.write(tenant, { rows }, deed);
  await system.batches.cancel(tenant, batchId, { by, rows: [] }).catch(passEnded);
}

/** All its children have ended meanwhile, which is told soon. */
function passEnded(thrown: unknown): void {
  if (!(thrown instanceof RuntimeError && thrown.code === "conflict")) throw thrown;
}
