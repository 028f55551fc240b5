import { z } from "zod";

/** Not as a pattern: programs that read the schema's JSON may take one without its flag. */
export const isLine = (text: string): boolean => /^[^\p{Cc}\u2028\u2029]*$/u.test(text);

const field = z.string().max(200).refine(isLine, "must be one line");

/** What templates say of a customer; each takes what it has words for. */
export const templateFields = z.strictObject({
  /** The customer's. */
  name: z.string().min(1).max(200).refine(isLine, "must be one line"),
  /** Whose letter it is: the name of the car wash. */
  business: field.optional(),
  /** Which wash, membership or credit. */
  item: field.optional(),
  /** With its currency, as people read it. */
  amount: field.optional(),
  /** A day, as people read it. */
  day: field.optional(),
});

export type TemplateFields = z.output<typeof templateFields>;
