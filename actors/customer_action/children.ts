import type { z } from "zod";
import type { Context } from "../authoring.ts";
import { creditApplicationJob } from "../credit_application/credit_application_job.ts";
import type { creditPayload } from "../credit_application/schemas.ts";
import type { NamedCustomer } from "../customer/rows.ts";
import { emailJob } from "../email/email_job.ts";
import type { emailPayload } from "../email/schemas.ts";
import type { ActionStatus, ChildCounts, ChildType, CountsByType } from "./rows.ts";
import type { StatusCount } from "./queries.ts";
import type { BeginAction } from "./schemas.ts";

/** What the action is told when all of them have ended. */
export const ON_ALL_DONE = "ended";

type Said = Pick<BeginAction, "type" | "details" | "credit">;

/** Gives each of the customers a letter and a credit application, in the one batch of the message. Answers its id. */
export function spawnChildren(ctx: Context, action: Said, customers: readonly NamedCustomer[]): string {
  const options = { onAllDone: ON_ALL_DONE };
  ctx.spawn(emailJob, customers.map((customer) => letterOf(action, customer)), options);
  const applications = customers.map((customer) => applicationOf(ctx.self.key, action, customer));
  return ctx.spawn(creditApplicationJob, applications, options);
}

/** The same children, for who begins them without a turn of the action. */
export function childrenOf(
  actionId: string,
  action: Said,
  customer: NamedCustomer,
): readonly { readonly kind: string; readonly payload: unknown }[] {
  return [
    { kind: emailJob.kind, payload: letterOf(action, customer) },
    { kind: creditApplicationJob.kind, payload: applicationOf(actionId, action, customer) },
  ];
}

function letterOf(
  { type: template, details }: Said,
  { name, email: to }: NamedCustomer,
): z.input<typeof emailPayload> {
  return { to, template, data: { ...details, name } };
}

function applicationOf(
  actionId: string,
  { credit }: Said,
  { id: customerId, name, email }: NamedCustomer,
): z.input<typeof creditPayload> {
  return credit === undefined
    ? { actionId, customerId }
    : { actionId, customerId, request: { ...credit, applicant: { name, email } } };
}

const NONE: ChildCounts = { total: 0, open: 0, succeeded: 0, failed: 0, cancelled: 0 };
const OPEN = ["queued", "running"];

export function countsByType(counts: readonly StatusCount[]): CountsByType {
  const of = (wanted: ChildType): ChildCounts => {
    const all: Record<keyof ChildCounts, number> = { ...NONE };
    for (const { type, status, children } of counts) {
      if (type !== wanted) continue;
      all.total += children;
      all[OPEN.includes(status) ? "open" : status as "succeeded" | "failed" | "cancelled"] += children;
    }
    return all;
  };
  return { "email": of("email"), "credit-application": of("credit-application") };
}

/** Of an action whose customers all have both, and no child has ended otherwise. */
export function allSucceeded(customers: number): CountsByType {
  const each = { ...NONE, total: customers, succeeded: customers };
  return { "email": each, "credit-application": each };
}

/** What an action that ended so is now: one that has failed has completed once those that failed were retried and succeeded. */
export function statusNow(status: ActionStatus, { open, failed }: ChildCounts): ActionStatus {
  return status === "failed" && open + failed === 0 ? "completed" : status;
}

export function sumOf(counts: CountsByType): ChildCounts {
  const sum = (name: keyof ChildCounts) => counts.email[name] + counts["credit-application"][name];
  return {
    total: sum("total"),
    open: sum("open"),
    succeeded: sum("succeeded"),
    failed: sum("failed"),
    cancelled: sum("cancelled"),
  };
}
