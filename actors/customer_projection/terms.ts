import { type CustomerDetails, emailKeyOf, namedCustomer } from "../customer/rows.ts";

/** As names are looked for: in whatever capitals, with or without accents. */
export function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/\s+/g, " ").trim();
}

/** Longer beginnings of a name find nobody. */
const LONGEST_NAME_TERM = 80;

/** By the beginnings of which a customer is found: the whole name, the last name, the address. */
export function termsOf(customer: CustomerDetails): readonly string[] {
  const { name } = namedCustomer({ id: "", ...customer });
  const byName = [name, customer.lastName].map((text) => folded(text).slice(0, LONGEST_NAME_TERM).toWellFormed());
  const terms = [...byName, emailKeyOf(customer.email)];
  return [...new Set(terms)].filter((term) => term !== "");
}
