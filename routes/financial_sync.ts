import { type RouteHandler, z } from "@hono/zod-openapi";
import { MOST_ENTRIES } from "../actors/financial_sync/ledger_entry.ts";
import { syncAt } from "../actors/financial_sync/messages.ts";
import { type Deed, RuntimeError, type ScheduleDeclaration, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { currentSync, mustSyncFinances, orderIn, SYNC_SCHEDULE, syncView } from "./financial_sync_view.ts";
import { problems } from "./problem_schema.ts";

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const SUBJECT = "financial-sync/main";

const order = z.strictObject({
  everyMs: z.int().min(1_000).max(366 * DAY_MS).default(QUARTER_MS).openapi({ description: "How often, in ms" }),
  limit: z.int().min(1).max(MOST_ENTRIES).default(MOST_ENTRIES).openapi({ description: "Entries of a page" }),
}).openapi("FinancialSyncOrder");

const enabled = {
  "application/json": {
    schema: z.object({
      everyMs: z.number().int().openapi({ description: "How often" }),
      limit: z.number().int().openapi({ description: "Entries of a page" }),
      nextAt: z.iso.datetime().openapi({ description: "When it comes next by itself" }),
    }).openapi("EnabledFinancialSync"),
  },
};

const told = {
  "application/json": {
    schema: z.object({
      kind: z.string().openapi({ description: "Of the tenant's actor" }),
      key: z.string().openapi({ description: "The same for all tenants" }),
      message: z.string().openapi({ description: "What it was told" }),
    }).openapi("ToldFinancialSync"),
  },
};

export const getRoute = createRoute({
  method: "get",
  path: "/api/financial-sync",
  access: "viewer",
  operationId: "getFinancialSync",
  tags: ["financial sync"],
  summary: "How far the tenant's transactions are, and what is wrong with them",
  responses: {
    200: {
      description: "The sync, also of a tenant that has none",
      content: { "application/json": { schema: syncView } },
    },
    ...problems,
  },
});

export function get({ system }: Deps): RouteHandler<typeof getRoute, AppEnv> {
  return async (c) => c.json(await currentSync(system, c.var.tenant), 200);
}

export const enableRoute = createRoute({
  method: "post",
  path: "/api/financial-sync",
  access: "operator",
  operationId: "enableFinancialSync",
  tags: ["financial sync"],
  summary: "Keep the tenant's transactions as the ledger has them: now, and again and again",
  description:
    "Makes the tenant's schedule `financial-sync`, which can be read and paused like others, and goes on from " +
    "where the sync was, if it was enabled before. Of one that is enabled the interval and the pages change; a second call " +
    "changes nothing.",
  request: { body: { required: true, content: { "application/json": { schema: order } } } },
  responses: { 200: { description: "How it is enabled", content: enabled }, ...problems },
});

export function enable({ system, submissions, deedOf }: Deps): RouteHandler<typeof enableRoute, AppEnv> {
  return async (c) => {
    mustSyncFinances(system);
    const { tenant } = c.var;
    const { everyMs, limit } = c.req.valid("json");
    const { kind, key } = syncAt(tenant);
    await submissions.take(tenant, 1);
    const nextAt = await keepSchedule(system, tenant, {
      declared: {
        name: SYNC_SCHEDULE,
        timing: { everyMs },
        target: { kind, key, message: "sync", payload: { limit } },
        catchUp: "latest",
        catchUpLimit: 1,
        jitterMs: Math.floor(everyMs / 10),
        enabled: true,
      },
      deed: deedOf(c, SUBJECT),
    });
    return c.json({ everyMs, limit, nextAt: iso(nextAt) }, 200);
  };
}

/** Makes it, with a first tick at once, or changes the one that there is. Answers when it ticks next. */
async function keepSchedule(
  { schedules }: System,
  tenant: string,
  { declared, deed }: { readonly declared: ScheduleDeclaration; readonly deed: Deed },
): Promise<number> {
  const { name, ...changes } = declared;
  const change = async () => (await schedules.change(tenant, name, changes, deed)).nextAt!;
  if (await schedules.get(tenant, name) !== null) return await change();
  try {
    const { nextAt } = await schedules.create(tenant, declared, deed);
    // Written down like those that follow; if the server dies before it, the first one comes with the next instant.
    await schedules.runNow(tenant, name, { by: deed.by, rows: [] });
    return nextAt!;
  } catch (thrown) {
    // Somebody has made it at the same time.
    const isTaken = thrown instanceof RuntimeError && thrown.code === "conflict";
    if (isTaken && await schedules.get(tenant, name) !== null) return await change();
    throw thrown;
  }
}

export const disableRoute = createRoute({
  method: "delete",
  path: "/api/financial-sync",
  access: "operator",
  operationId: "disableFinancialSync",
  tags: ["financial sync"],
  summary: "Read the ledger no more by itself; what was taken over stays",
  description: "What is queued is still taken over. Of one that is not enabled nothing changes.",
  responses: { 204: { description: "It comes no more" }, ...problems },
});

export function disable({ system, deedOf }: Deps): RouteHandler<typeof disableRoute, AppEnv> {
  return async (c) => {
    mustSyncFinances(system);
    await system.schedules.remove(c.var.tenant, SYNC_SCHEDULE, deedOf(c, SUBJECT)).catch((thrown: unknown) => {
      if (!(thrown instanceof RuntimeError && thrown.code === "not-found")) throw thrown;
    });
    return c.body(null, 204);
  };
}

export const syncRoute = createRoute({
  method: "post",
  path: "/api/financial-sync/sync",
  access: "operator",
  operationId: "syncFinances",
  tags: ["financial sync"],
  summary: "Read the ledger now, enabled or not",
  description:
    "Days that do not match are read again, too. While one that was asked for waits or runs, asking for another " +
    "changes nothing.",
  responses: {
    202: { description: "Who was told; how it goes says `GET /api/financial-sync`", content: told },
    ...problems,
  },
});

export function syncNow({ system, submissions, deedOf }: Deps): RouteHandler<typeof syncRoute, AppEnv> {
  return async (c) => {
    mustSyncFinances(system);
    const to = syncAt(c.var.tenant);
    const payload = orderIn(await system.schedules.get(c.var.tenant, SYNC_SCHEDULE));
    await submissions.take(c.var.tenant, 1);
    await system.tell(to, "sync", payload, { dedupeKey: "asked", deed: deedOf(c, SUBJECT) });
    return c.json({ kind: to.kind, key: to.key, message: "sync" }, 202);
  };
}
