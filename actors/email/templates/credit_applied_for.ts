import type { TemplateFields } from "./fields.ts";
import { factsOf, type Words } from "./words.ts";

export function creditAppliedFor({ item, amount, day }: TemplateFields): Words {
  return {
    subject: "We have your application for credit",
    paragraphs: ["Thank you for applying.", "We look at it now, and write to you as soon as it is decided."],
    facts: factsOf({ For: item, Amount: amount, "Applied on": day }),
  };
}
