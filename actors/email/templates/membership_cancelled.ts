import type { TemplateFields } from "./fields.ts";
import { factsOf, type Words } from "./words.ts";

export function membershipCancelled({ item, day }: TemplateFields): Words {
  return {
    subject: "Your membership is cancelled",
    paragraphs: ["We have cancelled your membership, as you asked.", "If this was not you, please answer this letter."],
    facts: factsOf({ Plan: item, "Ends on": day }),
  };
}
