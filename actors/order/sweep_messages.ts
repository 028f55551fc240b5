import { z } from "zod";
import type { Address } from "../../runtime/authoring.ts";

const count = z.int().min(0);
const instant = z.int();

/** To the sweep: look for orders whose fulfilment has got lost. */
export const sweepMessages = { sweep: z.strictObject({}) };

/** What a sweep found and did, over all tenants. */
export const sweepReport = z.object({
  /** When it began, ms since the epoch. */
  at: instant,
  durationMs: count,
  /** `recent`: orders of the last 24 hours; `all`: there were none of these, so all were looked at. */
  looked: z.enum(["recent", "all"]),
  /** Orders that the upstream had not answered. */
  found: count,
  /** Of these, whose `OrderCreated` was sent again. */
  sent: count,
  /** Of these, whose could not be. */
  refused: count,
  /** There are more than one sweep looks at: the next one goes on from there. */
  hasMore: z.boolean(),
  /** Orders that ended within the hour before, 1,000 at most, and how many of them failed. */
  ended: count,
  failed: count,
});

export type SweepReport = z.output<typeof sweepReport>;

export const sweepState = z.object({
  /** Where the sweep before stopped; null: it came to the end. */
  after: z.object({ tenant: z.string(), requestId: z.string(), createdAt: instant }).nullable(),
  last: sweepReport.nullable(),
});

export type SweepState = z.output<typeof sweepState>;

/** There is one, for all tenants. */
export const SWEEP: Address = { tenant: "system", kind: "order-sweep", key: "main" };
/** The schedule that it has. */
export const SWEEP_SCHEDULE = "order-sweep";
