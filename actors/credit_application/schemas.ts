import { z } from "zod";

/** What is asked for, in the currency's smallest unit. */
export const creditRequest = z.strictObject({
  amount: z.int().min(1).max(100_000_000_000),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/, "must be three capital letters, as EUR is"),
});

export const creditPayload = z.strictObject({
  actionId: z.string().min(1).max(100),
  customerId: z.string().min(1).max(100),
  /** Left out where the action asks for no credit: that is decided at once. */
  request: creditRequest.extend({
    applicant: z.strictObject({ name: z.string().max(200), email: z.string().max(254) }),
  }).optional(),
});

/** As a bureau decides. */
export const BUREAU_DECISIONS = ["approved", "declined", "referred"] as const;

/** Nothing of a person is in it. */
export const creditResult = z.object({
  decision: z.enum([...BUREAU_DECISIONS, "not-requested"]),
  /** Under which the bureau keeps it; null where it was not asked. */
  reference: z.string().nullable(),
});

/** What the bureau answers; what else it says is left out. */
export const bureauAnswer = z.object({
  decision: z.enum(BUREAU_DECISIONS),
  reference: z.string().min(1).max(200),
});
