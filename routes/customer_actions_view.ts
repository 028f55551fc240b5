import { z } from "@hono/zod-openapi";
import { allSucceeded, countsByType, statusNow, sumOf } from "../actors/customer_action/children.ts";
import type { SeenAction } from "../actors/customer_action/queries.ts";
import {
  ACTION_STATUSES,
  ACTION_TYPES,
  type ActionRow,
  type ChildCounts,
  type CountsByType,
} from "../actors/customer_action/rows.ts";
import { actionDetails, MOST_CUSTOMERS } from "../actors/customer_action/schemas.ts";
import { actionTables } from "../actors/customer_action/tables.ts";
import { creditRequest } from "../actors/credit_application/schemas.ts";
import { entityId } from "../actors/customer/schemas.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

const EXAMPLE = "wash-2026-0001";
const instant = z.iso.datetime();

export const actionParams = z.object({
  id: entityId.clone().openapi({ description: "Of the action", example: EXAMPLE }),
});

/** What `POST /api/customer-actions` takes. */
export const actionOrder = z.strictObject({
  id: entityId.optional().openapi({
    description: "Yours: the same id again is the same action. A new one without it",
    example: EXAMPLE,
  }),
  type: z.enum(ACTION_TYPES).openapi({ description: "What happened" }),
  customer: entityId.optional().openapi({ description: "The one concerned, by id", example: "c-1001" }),
  customers: z.union([z.literal("all"), z.array(entityId).min(1).max(MOST_CUSTOMERS)]).optional().openapi({
    description: `Instead of \`customer\`: \`"all"\`, or up to ${MOST_CUSTOMERS} ids; ids of nobody are left out`,
    example: ["c-1001", "c-1002"],
  }),
  credit: creditRequest.optional().openapi({
    description: "What is applied for, in the smallest unit: for `credit-applied-for`, and for that alone",
    example: { amount: 50_000, currency: "EUR" },
  }),
  details: actionDetails.default({}).openapi({
    description: "What the letters say of it",
    example: { item: "Premium wash", amount: "12.90 EUR" },
  }),
}).superRefine(({ type, customer, customers, credit }, issues) => {
  if ((customer === undefined) === (customers === undefined)) {
    issues.addIssue({ code: "custom", path: ["customer"], message: "must be given, or customers, and not both" });
  }
  if ((type === "credit-applied-for") !== (credit !== undefined)) {
    issues.addIssue({
      code: "custom",
      path: ["credit"],
      message: "must be given with credit-applied-for and no other",
    });
  }
}).openapi("CustomerActionOrder");

export type ActionOrder = z.output<typeof actionOrder>;

const children = z.object({
  total: z.number().int().openapi({ description: "Begun so far" }),
  open: z.number().int().openapi({ description: "Waiting or running" }),
  succeeded: z.number().int().openapi({ description: "Done" }),
  failed: z.number().int().openapi({ description: "Given up" }),
  cancelled: z.number().int().openapi({ description: "Ended before they were done" }),
});

/** An action in a list. */
export const actionView = z.object({
  id: z.string().openapi({ description: "Unique in the tenant", example: EXAMPLE }),
  type: z.enum(ACTION_TYPES).openapi({ description: "What happened" }),
  audience: z.enum(["one", "many", "all"]).openapi({ description: "Whom it names" }),
  status: z.enum(ACTION_STATUSES).openapi({
    description:
      "`completed` when all children have succeeded, `failed` when one has not, until those that failed are retried and " +
      "have succeeded",
  }),
  cancelling: z.boolean().openapi({ description: "Somebody wants it cancelled, and not all children have ended" }),
  customers: z.number().int().openapi({ description: "That have their children: while it is running, so far" }),
  children: children.openapi({ description: "Letters and credit applications together" }),
  batchId: z.string().nullable().openapi({ description: "Of its children: `GET /api/batches/{id}`; null before any" }),
  createdBy: z.string().openapi({ description: "Who told of it" }),
  createdAt: instant.openapi({ description: "When it was taken in" }),
  endedAt: instant.nullable().openapi({ description: "When the last child had ended, for the first time" }),
}).openapi("CustomerAction");

/** The same with its children told apart. */
export const fanOutView = actionView.extend({
  byType: z.object({ "email": children, "credit-application": children }).openapi({
    description: "The children by the type of the job",
  }),
}).openapi("CustomerActionFanOut");

export type ActionView = z.infer<typeof actionView>;
export type FanOutView = z.infer<typeof fanOutView>;

const NONE: ChildCounts = sumOf(allSucceeded(0));

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustKnowActions({ registry }: Pick<System, "registry">): void {
  if (registry.kinds.has("customer-action")) return;
  throw new RuntimeError("not-found", "This installation has no customer actions");
}

/** The same for an action that never was and for another tenant's. @throws {RuntimeError} `not-found` */
export async function actionOf(system: System, tenant: string, id: string): Promise<ActionRow> {
  mustKnowActions(system);
  const row = await system.point(tenant, actionTables.queries.action, { id });
  if (row === null) throw new RuntimeError("not-found", "There is no such customer action");
  return row;
}

/** As it is now. @throws {RuntimeError} `not-found` */
export async function fanOutOf(system: System, tenant: string, id: string): Promise<FanOutView> {
  const row = await actionOf(system, tenant, id);
  const byType = await childrenOf(system, row);
  return { ...viewOfAction({ ...row, children: sumOf(byType) }), byType };
}

/** As they are now where they may change: while it runs, and where those that failed may be retried, as long as all are kept. */
async function childrenOf(system: System, { tenant, batchId, status, counts }: ActionRow): Promise<CountsByType> {
  const atEnd = counts === null ? null : JSON.parse(counts) as CountsByType;
  if (atEnd !== null && status !== "failed") return atEnd;
  const found = batchId === null ? [] : await system.query(tenant, actionTables.queries.children, { batchId });
  const now = countsByType(found);
  return atEnd === null || sumOf(now).total === sumOf(atEnd).total ? now : atEnd;
}

export function viewOfAction(row: SeenAction): ActionView {
  const { id, type, audience, customers, batchId, createdBy } = row;
  const atEnd = row.counts === null ? null : sumOf(JSON.parse(row.counts) as CountsByType);
  const children = (row.status === "failed" ? row.children : null) ?? atEnd ?? row.children ?? NONE;
  const status = statusNow(row.status, children);
  return {
    id,
    type,
    audience,
    status,
    cancelling: status === "running" && row.cancelWishedBy !== null,
    customers,
    children,
    batchId,
    createdBy,
    createdAt: iso(row.createdAt),
    endedAt: row.endedAt === null ? null : iso(row.endedAt),
  };
}
