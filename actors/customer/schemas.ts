import { z } from "zod";
import { isMailAddress } from "../authoring.ts";

const LONGEST_ID = 100;
const LONGEST_NAME = 200;
const LONGEST_EMAIL = 254;

/** Spelt as the key of an actor may be, without what a path or a shell takes for its own. */
export const entityId: z.ZodType<string, string> = z.string().max(LONGEST_ID)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be 1-100 of A-Z, a-z, 0-9 and . _ -, and not begin with one of . _ -");

/** On one line, so that no header of a mail can follow it. */
export const customerName: z.ZodType<string, string> = z.string().trim().min(1).max(LONGEST_NAME)
  .refine((name) => /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name), "must be printable");

/** One plain address, to which a letter can be sent; no display name, no list. */
export const customerEmail: z.ZodType<string, string> = z.email("must be an e-mail address").max(LONGEST_EMAIL)
  .refine(isMailAddress, "must be an e-mail address");
