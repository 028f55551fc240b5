import type { Context } from "../authoring.ts";
import { orderAt } from "./messages.ts";
import type { Unanswered } from "./queries.ts";
import type { SweepReport, SweepState } from "./sweep_messages.ts";
import { orderTables } from "./tables.ts";

const { queries } = orderTables;
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const PAGE = 500;
/** Of one sweep. */
const MOST_PAGES = 20;

/**
 * Sends `OrderCreated` again to each order that the upstream has not answered: those of the last 24 hours, or when there
 * are none of these, all. An order whose message waits already gets no second one, and one that is fulfilled meanwhile
 * takes no harm: so it does not matter how often this runs, nor where.
 */
export async function* sweep(state: SweepState, ctx: Context): AsyncGenerator<void, void, void> {
  const at = ctx.now();
  const hasRecent = (await ctx.query(queries.unanswered, { from: at - DAY_MS, limit: 1 })).length > 0;
  const from = hasRecent ? at - DAY_MS : 0;
  const counts = { found: 0, sent: 0, refused: 0 };
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    if (pages > 0) yield;
    const { after } = state;
    const found = await ctx.query(queries.unanswered, { from, limit: PAGE, ...after === null ? {} : { after } });
    for (const order of found) {
      counts.found++;
      counts[sendAgain(order, ctx) ? "sent" : "refused"]++;
    }
    state.after = found.length < PAGE ? null : placeOf(found.at(-1)!);
    // Behind where the sweep before stopped there may be nothing any more: then it begins anew.
    const beginsAnew = pages === 0 && after !== null && found.length === 0;
    const isOver = state.after === null && !beginsAnew;
    if (isOver) break;
  }
  const { ended, failed } = await ctx.query(queries.endings, { from: at - HOUR_MS });
  report(state, {
    ...{ at, durationMs: Math.max(0, ctx.now() - at), looked: hasRecent ? "recent" : "all", ...counts },
    ...{ hasMore: state.after !== null, ended, failed },
  }, ctx);
}

/** One that cannot be sent to is told of, and stops none of the others. */
function sendAgain({ tenant, requestId, id }: Unanswered, ctx: Context): boolean {
  try {
    ctx.tell(orderAt(tenant, requestId), "orderCreated", { requestId }, { dedupeKey: id });
    return true;
  } catch (error) {
    ctx.log.error(`order ${tenant}/${requestId} not sent again`, { error: (error as Error).message });
    return false;
  }
}

/** Where nothing was found only the state says so. */
function report(state: SweepState, done: SweepReport, ctx: Context): void {
  state.last = done;
  ctx.log[done.found > 0 ? "info" : "debug"]("orders swept", { ...done });
  if (done.found > 0) ctx.emit("order.swept", done);
}

function placeOf({ tenant, requestId, createdAt }: Unanswered): NonNullable<SweepState["after"]> {
  return { tenant, requestId, createdAt };
}
