import { z } from "zod";
import { type Context, defineActor } from "../authoring.ts";
import { customerEvent, judgeCustomers } from "./judge_customers.ts";
import { type CustomerDetails, type CustomerRow, emailKeyOf } from "./rows.ts";
import { customerDetails } from "./schemas.ts";
import { customerTables } from "./tables.ts";

const { queries, writes } = customerTables;

/**
 * Whom a tenant sells to; its key is the customer's id. People write customers over HTTP, many at a time and with an answer
 * that says so; these messages are for other actors.
 */
export const customer = defineActor({
  kind: "customer",
  state: z.object({}),
  initial: {},
  messages: {
    /** Changes nothing of one that is there: that is `update`. */
    create: customerDetails,
    /** Changes nothing where there is none, nor where somebody else has the address. */
    update: customerDetails,
    remove: z.strictObject({}),
  },
  tables: [customerTables],
  on: {
    async create(_state, given, ctx) {
      if (await rowOf(ctx) === null) await put(ctx, given, []);
    },
    async update(_state, given, ctx) {
      const row = await rowOf(ctx);
      if (row !== null) await put(ctx, given, [row]);
    },
    async remove(_state, _payload, ctx) {
      const id = ctx.self.key;
      if (await rowOf(ctx) === null) return;
      ctx.write(writes.removed, { id });
      emit(ctx, customerEvent("deleted", id));
    },
  },
});

function rowOf(ctx: Context): Promise<CustomerRow | null> {
  return ctx.query(queries.customer, { id: ctx.self.key });
}

async function put(ctx: Context, given: CustomerDetails, known: readonly CustomerRow[]): Promise<void> {
  const holders = await ctx.query(queries.holders, { emailKeys: [emailKeyOf(given.email)] });
  const { rows, events } = judgeCustomers([{ id: ctx.self.key, ...given }], { known, holders }, ctx.now());
  for (const { write, args } of rows) {
    ctx.write(writes[write as "created" | "updated"], args as { rows: string; at: number });
  }
  for (const event of events) emit(ctx, event);
}

function emit(ctx: Context, { type, subject, data }: { type: string; subject: string; data: string }): void {
  ctx.emit(type, JSON.parse(data), { subject });
}
