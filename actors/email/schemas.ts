import { z } from "zod";
import { isMailAddress } from "../authoring.ts";
import { isLine, templateFields } from "./templates/fields.ts";
import { TEMPLATE_NAMES } from "./templates/mod.ts";

const MOST_SUBJECT = 200;
const MOST_BODY = 200_000;

/** No message of a schema holds what was given. */
const line = (most: number) => z.string().max(most).refine(isLine, "must be one line");
const to = z.string().max(254).refine(isMailAddress, "must be one e-mail address, without a name");
const recipient = {
  to,
  /** Shown before the address. */
  toName: line(100).optional(),
};

const templated = z.strictObject({
  ...recipient,
  template: z.enum(TEMPLATE_NAMES),
  data: templateFields,
});

const written = z.strictObject({
  ...recipient,
  subject: z.string().min(1).max(MOST_SUBJECT).refine(isLine, "must be one line"),
  text: z.string().min(1).max(MOST_BODY),
  html: z.string().min(1).max(MOST_BODY).optional(),
});

/** A letter from a template, or one that is written out. */
export const emailPayload = z.union([templated, written]);

export const emailResult = z.object({
  /** As the letter bears it; the same in each automatic retry. */
  messageId: z.string(),
  /** How many it took. */
  attempts: z.int(),
});
