import { z } from "zod";
import { defineActor, formatAddress } from "../authoring.ts";
import { scanFrom } from "./handed_scan.ts";
import { keepShare, knownShare } from "./known_shares.ts";
import { consumerMessages } from "./messages.ts";
import { parcelTables } from "./tables.ts";
import { unknownParcels, writeScans } from "./take_in.ts";

/**
 * Applies the events of its share of a stream's parcels; its key is `{stream}.{index}`, and parcel id modulo consumers is
 * the index. What was handed on by a stream that is no more is dropped, and ends the consumer.
 */
export const parcelConsumer = defineActor({
  kind: "parcel-consumer",
  state: z.object({
    /** The id of the message that it has handled last: so far goes what is known of its parcels. */
    after: z.string(),
  }),
  initial: { after: "" },
  messages: consumerMessages,
  tables: [parcelTables],
  retry: { maxAttempts: 10 },
  restarts: null,
  // It waits for a read with each message, and others run meanwhile.
  outer: true,
  addressable: false,
  on: {
    async apply(state, { stream, createdAt, scans: handed }, ctx) {
      const consumer = `${formatAddress(ctx.self)} ${createdAt}`;
      const parcels = knownShare(consumer, state.after);
      const scans = handed.map(scanFrom);
      const args = { stream, parcels: unknownParcels(scans, parcels), scans: [], fingerprints: [] };
      const known = await ctx.query(parcelTables.queries.known, args);
      if (known.stream?.createdAt !== createdAt) return ctx.stop();
      for (const parcel of known.parcels) parcels.set(parcel.parcelId, parcel);
      for (const [id, parcel] of writeScans(ctx, scans, { stream, parcels }).known) parcels.set(id, parcel);
      state.after = ctx.messageId;
      keepShare(consumer, { after: ctx.messageId, parcels });
    },
  },
});
