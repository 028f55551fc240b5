import type { TemplateFields } from "./fields.ts";
import { factsOf, type Words } from "./words.ts";

export function welcome({ business, item, day }: TemplateFields): Words {
  return {
    subject: business === undefined ? "Welcome" : `Welcome to ${business}`,
    paragraphs: ["Good to have you with us.", "From now on we write to you when something happens on your account."],
    facts: factsOf({ Membership: item, Since: day }),
  };
}
