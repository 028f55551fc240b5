import type { Context } from "../authoring.ts";
import { projectionAt } from "../customer_projection/messages.ts";
import { projectionTables } from "../customer_projection/tables.ts";
import { customerEvent } from "./judge_customers.ts";
import { type CustomerWrite, type JudgedWrite, judgeWrite, wantedEmailKey } from "./judge_write.ts";
import type { CustomerState, WriteResult } from "./messages.ts";
import type { CustomerRow } from "./rows.ts";
import { customerTables } from "./tables.ts";
import { customersText } from "./writes.ts";

const { queries, writes } = customerTables;
/** Whoever waits for a result has given up by then. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 500;

/**
 * One message to a customer: looks, judges, and commits the row with its event and with what came of it; what follows from
 * it comes after. Those who hand many
 * in write beside it, so a row that is not as it was looked at, or an address that somebody has taken meanwhile, refuses
 * the commit: then the next attempt looks anew.
 */
export async function carryOut(state: CustomerState, write: CustomerWrite, ctx: Context): Promise<void> {
  const id = ctx.self.key;
  const row = await ctx.query(queries.customer, { id });
  const emailKey = wantedEmailKey(write);
  const holder = emailKey === null ? null : await ctx.query(queries.holder, { emailKey });
  const judged = judgeWrite(id, write, { row, holder: holder?.id ?? null });
  if (judged.result === "done") commit(row, judged.details, ctx);
  if (judged.result === "done" && judged.details === null) return ctx.stop();
  remember(state, judged.result, ctx);
}

function commit(row: CustomerRow | null, details: (JudgedWrite & { result: "done" })["details"], ctx: Context): void {
  const [id, at] = [ctx.self.key, ctx.now()];
  if (details === null) forget(row!, ctx);
  else if (row === null) ctx.write(writes.created, { rows: customersText([{ id, ...details }]), at });
  else ctx.write(writes.changed, { id, version: row.version, ...details, at });
  const { type, subject, data } = customerEvent(
    details === null ? "deleted" : row === null ? "created" : "updated",
    id,
  );
  ctx.emit(type, JSON.parse(data), { subject });
  if (details !== null) ctx.tell(projectionAt(ctx.tenant, id), "project", { ids: [id] });
}

function forget({ id, version }: CustomerRow, ctx: Context): void {
  ctx.write(writes.removed, { id, version });
  ctx.write(projectionTables.writes.answerForgotten, { id });
  ctx.write(projectionTables.writes.termsForgotten, { id });
}

function remember(state: CustomerState, result: WriteResult, ctx: Context): void {
  const at = ctx.now();
  const recent = state.results.filter((one) => one.at > at - REMEMBERED_MS);
  state.results = [...recent, { messageId: ctx.messageId, at, result }].slice(-MOST_REMEMBERED);
}
