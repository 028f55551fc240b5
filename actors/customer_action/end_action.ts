import { type BatchEnded, type Context, type Entry, type EventDraft } from "../authoring.ts";
import { allSucceeded, countsByType, sumOf } from "./children.ts";
import type { ActionRow, ActionStatus, CountsByType } from "./rows.ts";
import { actionTables } from "./tables.ts";

const { queries, writes } = actionTables;

/**
 * All its children have ended, or those that had failed have succeeded in a retry; the row keeps what it says then, and readers
 * see the counts. Where all have succeeded there is nothing to look at.
 */
export function endAction(ended: BatchEnded, ctx: Context): void | Promise<void> {
  const { total, failed, cancelled } = ended;
  if (failed + cancelled > 0) return endByCounts(ended, ctx);
  writeEnd(ctx, { status: "completed", counts: allSucceeded(total / 2) });
}

async function endByCounts(ended: BatchEnded, ctx: Context): Promise<void> {
  const { cancelled, batchId } = ended;
  const counts = countsByType(await ctx.query(queries.children, { batchId }));
  const row = cancelled === 0 ? null : await ctx.query(queries.action, { id: ctx.self.key });
  writeEnd(ctx, { status: statusOf(ended, row), counts });
}

/** The same without a turn, where all have succeeded. */
export function ending(
  { total, failed, cancelled }: BatchEnded,
  { key: id, at }: { readonly key: string; readonly at: number },
): Entry | null {
  if (failed + cancelled > 0) return null;
  const end = { status: "completed", counts: allSucceeded(total / 2) } as const;
  const args = { id, status: end.status, counts: JSON.stringify(end.counts), at };
  return { rows: [{ tables: actionTables.name, write: writes.ended.name, args }], events: [actionEvent(id, end)] };
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

function writeEnd(ctx: Context, { status, counts }: ActionEnd): void {
  const id = ctx.self.key;
  ctx.write(writes.ended, { id, status, counts: JSON.stringify(counts), at: ctx.now() });
  ctx.emit(typeOf(status), eventData(id, { status, counts }), { subject: subjectOf(id) });
}

interface ActionEnd {
  readonly status: ActionStatus;
  readonly counts: CountsByType;
}

export function actionEvent(id: string, end: ActionEnd): EventDraft {
  return { type: typeOf(end.status), subject: subjectOf(id), data: JSON.stringify(eventData(id, end)) };
}

/** Names no person. */
function eventData(id: string, { status, counts }: ActionEnd): object {
  return { id, status, customers: counts.email.total, children: sumOf(counts), byType: counts };
}

function typeOf(status: ActionStatus): string {
  return `customer-action.${status}`;
}

function subjectOf(id: string): string {
  return `customer-action/${id}`;
}
