import { z } from "zod";

const MOST_PRODUCTS = 50;
const MOST_CARDS = 1_000;
/** In the smallest unit. */
const LARGEST_VALUE = 1_000_000_00;
const MOST_REASON_CHARS = 200;

/** Spelt as the key of an actor may be, without what a path or a shell takes for its own. */
export const requestId: z.ZodType<string, string> = z.string().max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be 1-100 of A-Z, a-z, 0-9 and . _ -, and not begin with one of . _ -");

/** So many cards of one product, each of this value. */
export const orderedProduct = z.strictObject({
  /** As the card catalogue has it. */
  productId: z.int().min(1).max(2 ** 31 - 1),
  quantity: z.int().min(1).max(MOST_CARDS),
  /** Of one card, in the currency's smallest unit. */
  value: z.int().min(1).max(LARGEST_VALUE),
});

export type OrderedProduct = z.output<typeof orderedProduct>;

export const orderedProducts = z.array(orderedProduct).min(1).max(MOST_PRODUCTS);

/** ISO 4217. */
export const orderCurrency = z.string().regex(/^[A-Z]{3}$/, "must be three capital letters, as EUR is");

/** What the upstream answers to an order; what else it says, as the codes of the cards, is left out. */
export const placedOrder = z.object({
  orderId: z.string().min(1).max(200),
  status: z.enum(["succeeded", "failed"]),
  reason: z.string().transform((reason) => reason.slice(0, MOST_REASON_CHARS).toWellFormed()).nullish(),
});

export function amountOf(products: readonly OrderedProduct[]): number {
  return products.reduce((sum, { quantity, value }) => sum + quantity * value, 0);
}
