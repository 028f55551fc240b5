import type { TemplateFields } from "./fields.ts";
import { factsOf, type Words } from "./words.ts";

export function washPurchased({ item, amount, day }: TemplateFields): Words {
  return {
    subject: item === undefined ? "Your wash" : `Your wash: ${item}`,
    paragraphs: ["Thank you for your purchase.", "Drive up whenever it suits you: your wash is ready."],
    facts: factsOf({ Wash: item, Paid: amount, Bought: day }),
  };
}
