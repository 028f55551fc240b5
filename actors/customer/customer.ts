import { z } from "zod";
import { type Context, defineActor } from "../authoring.ts";
import { customerEvent, judgeCustomers } from "./judge_customers.ts";
import { customerEmail, customerName } from "./schemas.ts";
import { customerTables } from "./tables.ts";

const { queries, writes } = customerTables;
const details = z.strictObject({ name: customerName, email: customerEmail });

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
    create: details,
    /** Changes nothing where there is none. */
    update: details,
    remove: z.strictObject({}),
  },
  tables: [customerTables],
  on: {
    async create(_state, given, ctx) {
      if (await rowOf(ctx) === null) put(ctx, given, []);
    },
    async update(_state, given, ctx) {
      const row = await rowOf(ctx);
      if (row !== null) put(ctx, given, [row]);
    },
    async remove(_state, _payload, ctx) {
      const id = ctx.self.key;
      if (await rowOf(ctx) === null) return;
      ctx.write(writes.removed, { id });
      emit(ctx, customerEvent("removed", id));
    },
  },
});

type Details = z.output<typeof details>;
type Row = Details & { readonly id: string };

function rowOf(ctx: Context): Promise<Row | null> {
  return ctx.query(queries.customer, { id: ctx.self.key });
}

function put(ctx: Context, given: Details, known: readonly Row[]): void {
  const { rows, events } = judgeCustomers([{ id: ctx.self.key, ...given }], known, ctx.now());
  for (const { write, args } of rows) {
    ctx.write(writes[write as "created" | "updated"], args as { rows: string; at: number });
  }
  for (const event of events) emit(ctx, event);
}

function emit(ctx: Context, { type, subject, data }: { type: string; subject: string; data: string }): void {
  ctx.emit(type, JSON.parse(data), { subject });
}
