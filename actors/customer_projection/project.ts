import type { Context } from "../authoring.ts";
import type { CustomerRow, Deliverability } from "../customer/rows.ts";
import { answerTag, shownCustomer } from "../customer/shown.ts";
import { customerTables } from "../customer/tables.ts";
import { deliverabilityOf } from "./deliverability.ts";
import { projectionTables } from "./tables.ts";
import { termsOf } from "./terms.ts";
import { termsText } from "./writes.ts";

/** Of which a commit holds what is derived. */
const CUSTOMERS_AT_ONCE = 200;
const { writes } = projectionTables;

/** What follows from what is committed; of customers who have changed again since, whoever changed them has sent a message. */
export async function* project(ids: readonly string[], ctx: Context): AsyncGenerator<void, void, void> {
  for (let from = 0; from < ids.length; from += CUSTOMERS_AT_ONCE) {
    if (from > 0) yield;
    const wanted = ids.slice(from, from + CUSTOMERS_AT_ONCE);
    const rows = await ctx.query(customerTables.queries.named, { ids: wanted });
    if (rows.length > 0) derive(rows, ctx);
  }
  if (ids.length === 1) await answer(ids[0]!, ctx);
}

function derive(rows: readonly CustomerRow[], ctx: Context): void {
  const judged = rows.filter(({ deliverability }) => deliverability === null)
    .map((row) => ({ row, found: deliverabilityOf(row.email) }));
  if (judged.length > 0) {
    const texts = judged.map(({ row: { id, version }, found }) => [id, version, JSON.stringify(found)]);
    ctx.write(customerTables.writes.checked, { rows: JSON.stringify(texts) });
    for (const { row, found } of judged) if (found.verdict !== "good") flag(row, found, ctx);
  }
  const terms = rows.flatMap((row) => termsOf(row).map((term) => ({ ...row, term })));
  ctx.write(writes.termsAdded, { rows: termsText(terms) });
  ctx.write(writes.termsCleared, { ids: JSON.stringify(rows.map(({ id }) => id)) });
}

/** Names nobody, nor what the address is like. */
function flag({ id, version }: CustomerRow, { verdict, reasons }: Deliverability, ctx: Context): void {
  ctx.emit("customer.flagged", { id, version, verdict, reasons }, { subject: `customer/${id}` });
}

/** What a read of the customer is answered, as a row: nobody has to put it together then. */
async function answer(id: string, ctx: Context): Promise<void> {
  const row = await ctx.query(customerTables.queries.shown, { id });
  if (row === null) return;
  const checked = { ...row, deliverability: row.deliverability ?? JSON.stringify(deliverabilityOf(row.email)) };
  const tag = answerTag(checked);
  if (row.tag === tag) return;
  const { createdAt, version } = row;
  ctx.write(writes.answered, { id, createdAt, version, tag, answer: JSON.stringify(shownCustomer(checked)) });
  ctx.emit("customer.cached", { id, version }, { subject: `customer/${id}` });
}
