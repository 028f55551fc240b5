import { type BatchEnded, type Context, type EventDraft } from "../authoring.ts";
import { allSucceeded, countsByType, sumOf } from "./children.ts";
import type { ActionRow, ActionStatus, CountsByType } from "./rows.ts";
import { actionTables } from "./tables.ts";

const { queries, writes } = actionTables;

/** All its children have ended. */
export async function endAction(ended: BatchEnded, ctx: Context): Promise<void> {
  const { total, failed, cancelled, batchId } = ended;
  if (failed + cancelled === 0) return writeEnd(ctx, { status: "completed", counts: allSucceeded(total / 2) });
  const counts = countsByType(await ctx.query(queries.children, { batchId }));
  const row = cancelled === 0 ? null : await ctx.query(queries.action, { id: ctx.self.key });
  writeEnd(ctx, { status: statusOf(ended, row), counts });
}

/** An action that concerns nobody is over at once. */
export function endWithoutChildren(ctx: Context): void {
  writeEnd(ctx, { status: "completed", counts: allSucceeded(0) });
}

/** A child that somebody cancels by itself does not cancel the action. */
function statusOf({ failed, cancelled }: BatchEnded, row: ActionRow | null): ActionStatus {
  if (cancelled > 0 && row !== null && row.cancelWishedBy !== null) return "cancelled";
  return failed > 0 ? "failed" : "completed";
}

function writeEnd(ctx: Context, { status, counts }: { status: ActionStatus; counts: CountsByType }): void {
  const id = ctx.self.key;
  ctx.write(writes.ended, { id, status, counts: JSON.stringify(counts), at: ctx.now() });
  const { type, subject, data } = actionEvent(id, { status, counts });
  ctx.emit(type, JSON.parse(data), { subject });
}

/** Names no person. */
export function actionEvent(
  id: string,
  { status, counts }: { status: ActionStatus; counts: CountsByType },
): EventDraft {
  const data = { id, status, customers: counts.email.total, children: sumOf(counts), byType: counts };
  return { type: `customer-action.${status}`, subject: `customer-action/${id}`, data: JSON.stringify(data) };
}
