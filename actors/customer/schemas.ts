import { z } from "zod";
import { isMailAddress } from "../authoring.ts";

const LONGEST_ID = 100;
const LONGEST_NAME = 200;
/** Both together, and the space between them, are not longer than a name in a letter may be. */
const LONGEST_NAME_PART = 80;
const LONGEST_EMAIL = 254;

/** Spelt as the key of an actor may be, without what a path or a shell takes for its own. */
export const entityId: z.ZodType<string, string> = z.string().max(LONGEST_ID)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be 1-100 of A-Z, a-z, 0-9 and . _ -, and not begin with one of . _ -");

const isPrintable = (name: string) => /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name);

/** On one line, so that no header of a mail can follow it. */
export const customerName: z.ZodType<string, string> = z.string().trim().min(1).max(LONGEST_NAME)
  .refine(isPrintable, "must be printable");

/** A first or a last name, spelt like the whole. */
export const namePart: z.ZodType<string, string> = z.string().trim().min(1).max(LONGEST_NAME_PART)
  .refine(isPrintable, "must be printable");

/** One plain address, to which a letter can be sent; no display name, no list. */
export const customerEmail: z.ZodType<string, string> = z.email("must be an e-mail address").max(LONGEST_EMAIL)
  .refine(isMailAddress, "must be an e-mail address");

/** What people say of a customer. */
export const customerDetails = z.strictObject({ firstName: namePart, lastName: namePart, email: customerEmail });
