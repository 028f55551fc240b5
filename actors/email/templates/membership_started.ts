import type { TemplateFields } from "./fields.ts";
import { factsOf, type Words } from "./words.ts";

export function membershipStarted({ item, amount, day }: TemplateFields): Words {
  return {
    subject: "Your membership has started",
    paragraphs: ["You are a member now, and every wash of your plan is paid for.", "You may cancel at any time."],
    facts: factsOf({ Plan: item, Price: amount, Since: day }),
  };
}
