import { z } from "zod";
import { type Context, defineActor } from "../authoring.ts";
import { commitChunks } from "./commit_chunks.ts";
import { judgeEvents } from "./judge_events.ts";
import { streamMessages } from "./messages.ts";
import { poll } from "./poll.ts";
import { removeRows } from "./remove_rows.ts";
import { parcelTables } from "./tables.ts";
import { takeIn } from "./take_in.ts";
import { parcelSource, scanApi } from "./upstreams.ts";

const { queries, writes } = parcelTables;

/**
 * Follows a source of scan events; its key is the name of the stream, whose row says what it is to do and how far it is.
 * A commit that a person's decision has overtaken is refused and costs an attempt, of which there are as many as it takes;
 * the next one ends well and so clears the count of the restart window, which parks it only when it fails again and again.
 */
export const parcelStream = defineActor({
  kind: "parcel-stream",
  state: z.object({}),
  initial: {},
  messages: streamMessages,
  tables: [parcelTables],
  upstreams: [scanApi, parcelSource],
  retry: { maxAttempts: 1_000_000, baseMs: 500, maxMs: 30_000 },
  restarts: { intensity: 10, periodMs: 5 * 60_000 },
  timeoutMs: 3 * 60_000,
  // Sources that do not answer leave room for other work, and those of one tenant for the streams of others.
  concurrency: { total: 12, perTenant: 6 },
  addressable: false,
  on: {
    poll: (_state, payload, ctx) => poll(payload, ctx),
    apply: (_state, { events }, ctx) => receive(events, ctx),
    remove: (_state, { consumers }, ctx) => removeRows(consumers, ctx),
  },
});

/** Events that were pushed. The checkpoint is what polling has read up to, so it stays: there may be gaps before them. */
async function* receive(events: readonly unknown[], ctx: Context): AsyncGenerator<void, void, void> {
  const { key: name } = ctx.self;
  const stream = await ctx.query(queries.stream, { name });
  if (stream === null) return;
  const parcels = new Map();
  for (const chunk of commitChunks(judgeEvents(events, { after: 0 }), { stream: name })) {
    const taken = await takeIn(ctx, chunk, { stream, parcels, repeatedTo: Number.MAX_SAFE_INTEGER });
    if (taken === null) return;
    if (!taken.isNews) continue;
    ctx.write(writes.received, { name, count: taken.scans.length, at: ctx.now() });
    yield;
  }
}
