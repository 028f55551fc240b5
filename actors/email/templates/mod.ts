import { creditAppliedFor } from "./credit_applied_for.ts";
import type { TemplateFields } from "./fields.ts";
import { membershipCancelled } from "./membership_cancelled.ts";
import { membershipStarted } from "./membership_started.ts";
import type { Words } from "./words.ts";
import { washPurchased } from "./wash_purchased.ts";
import { welcome } from "./welcome.ts";

/** A new one is a file beside this and a line here. */
const TEMPLATES = {
  "credit-applied-for": creditAppliedFor,
  "membership-cancelled": membershipCancelled,
  "membership-started": membershipStarted,
  "wash-purchased": washPurchased,
  welcome,
} as const;

export type TemplateName = keyof typeof TEMPLATES;

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as [TemplateName, ...TemplateName[]];

/** The words of a template for one customer. */
export function wordsOf(template: TemplateName, fields: TemplateFields): Words {
  return TEMPLATES[template](fields);
}
