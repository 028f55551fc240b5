import { z } from "zod";
import type { Ref } from "../authoring.ts";
import { customerDetails } from "./schemas.ts";

const MOST_TAGS = 20;

/** Nothing is written unless the customer is of one of these versions; of whatever version where it is left out. */
const ifTags = z.array(z.string().max(100)).max(MOST_TAGS).optional();

/** To a customer: what is written of one, whoever asks for it. */
export const customerMessages = {
  /** Changes nothing of one that is there: that is `update`. */
  create: customerDetails,
  /** Changes nothing where there is none. */
  update: customerDetails.partial().extend({ ifTags }),
  remove: z.strictObject({ ifTags }),
};

/** Each customer has an actor of its own. */
export function customerAt(tenant: string, id: string): Ref<typeof customerMessages> {
  return { tenant, kind: "customer", key: id };
}

/**
 * What came of a message: `done`; `unchanged`: it is so already; `exists`: with other contents; `missing`: there is none;
 * `stale`: of no version that was named; `taken`: the address is somebody else's.
 */
export const WRITE_RESULTS = ["done", "unchanged", "exists", "missing", "stale", "taken"] as const;

export type WriteResult = typeof WRITE_RESULTS[number];

/** What a customer's actor remembers: what came of the last messages, for those who wait for that. */
export const customerState = z.object({
  results: z.array(z.object({ messageId: z.string(), at: z.number(), result: z.enum(WRITE_RESULTS) })),
});

export type CustomerState = z.output<typeof customerState>;
