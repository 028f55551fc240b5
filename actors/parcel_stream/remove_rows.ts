import type { Context, Decision } from "../authoring.ts";
import { consumerAt } from "./messages.ts";
import { parcelTables } from "./tables.ts";

const { queries, writes } = parcelTables;

const CONSUMERS_WAIT_MS = 200;

/**
 * Removes what a stream leaves behind, 1,000 rows of a kind with each commit. Whatever is told to the stream's actor later,
 * as by a new stream of the same name, comes after it; what its consumers still have in their mailboxes they drop, which is
 * waited for. At last they are told of a stream that is no more, which ends them.
 */
export async function* removeRows(consumers: number, ctx: Context): AsyncGenerator<void, Decision | void, void> {
  const stream = ctx.self.key;
  if (consumers > 0 && await ctx.query(queries.backlog, { stream, consumers, limit: 1 }) > 0) {
    return ctx.snooze(CONSUMERS_WAIT_MS);
  }
  while (await ctx.query(queries.remains, { stream })) {
    ctx.signal.throwIfAborted();
    for (const drop of [writes.parcelsDropped, writes.scansDropped, writes.malformedDropped]) {
      ctx.write(drop, { stream });
    }
    yield;
  }
  for (let index = 0; index < consumers; index++) {
    ctx.tell(consumerAt(ctx.tenant, stream, index), "apply", { stream, createdAt: 0, scans: [] });
  }
}
