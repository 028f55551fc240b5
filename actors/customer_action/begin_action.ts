import type { Context } from "../authoring.ts";
import { type NamedCustomer, namedCustomer } from "../customer/rows.ts";
import { customerTables } from "../customer/tables.ts";
import { spawnChildren } from "./children.ts";
import { endWithoutChildren } from "./end_action.ts";
import type { BeginAction } from "./schemas.ts";
import { actionTables } from "./tables.ts";

const { queries, writes } = actionTables;
/** Of which each has two children. */
const CUSTOMERS_AT_ONCE = 400;

/**
 * Gives every customer concerned his children, by pages; the last customer that has them stands in the row, which is where to
 * go on after a crash. Their commit bears a write that is refused where somebody wants the action cancelled: then the
 * attempt fails, and the next one finds that out.
 */
export async function* beginAction(action: BeginAction, ctx: Context): AsyncGenerator<void, void, void> {
  const { concerned } = action;
  const row = await ctx.query(queries.action, { id: ctx.self.key });
  if (row === null || row.status !== "running" || row.cancelWishedBy !== null) return;
  let pages = 0;
  for await (const customers of pagesOf(concerned, row.cursor, ctx)) {
    ctx.signal.throwIfAborted();
    if (pages++ > 0) yield;
    spread(ctx, action, customers);
  }
  if (pages === 0 && row.batchId === null) endWithoutChildren(ctx);
}

function spread(ctx: Context, action: BeginAction, customers: readonly NamedCustomer[]): void {
  const batchId = spawnChildren(ctx, action, customers);
  const cursor = action.concerned.audience === "one" ? null : customers.at(-1)!.id;
  ctx.write(writes.spread, { id: ctx.self.key, batchId, customers: customers.length, cursor });
}

async function* pagesOf(
  concerned: BeginAction["concerned"],
  after: string | null,
  ctx: Context,
): AsyncGenerator<readonly NamedCustomer[], void, void> {
  switch (concerned.audience) {
    case "one":
      if (after === null) yield [concerned.customer];
      return;
    case "many": {
      const ids = concerned.ids.filter((id) => after === null || id > after);
      for (let from = 0; from < ids.length; from += CUSTOMERS_AT_ONCE) {
        const wanted = ids.slice(from, from + CUSTOMERS_AT_ONCE);
        const found = await ctx.query(customerTables.queries.named, { ids: wanted });
        if (found.length > 0) yield found.map(namedCustomer);
      }
      return;
    }
    case "all":
      for (;;) {
        const page = { limit: CUSTOMERS_AT_ONCE, ...after === null ? {} : { after } };
        const found = await ctx.query(customerTables.queries.customers, page);
        if (found.length > 0) yield found.map(namedCustomer);
        if (found.length < CUSTOMERS_AT_ONCE) return;
        after = found.at(-1)!.id;
      }
  }
}
