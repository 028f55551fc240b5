import assert from "node:assert/strict";
import { deliverabilityOf } from "../../actors/customer_projection/deliverability.ts";

const GOOD = { verdict: "good", reasons: [], suggestion: null };
const CASES: readonly (readonly [email: string, reasons: readonly string[], suggestion: string | null])[] = [
  ["info@cars.example", ["role-address"], null],
  ["NoReply+x@cars.example", ["role-address"], null],
  ["ann@mailinator.com", ["disposable-domain"], null],
  ["ann@eu.Mailinator.com", ["disposable-domain"], null],
  ["ann@gmial.com", ["misspelt-domain"], "gmail.com"],
  ["ann@gmail.con", ["misspelt-domain"], "gmail.com"],
  ["ann@gmail.co", ["misspelt-domain"], "gmail.com"],
  ["ann@ggmail.com", ["misspelt-domain"], "gmail.com"],
  ["sales@hotmial.com", ["role-address", "misspelt-domain"], "hotmail.com"],
];

for (const [email, reasons, suggestion] of CASES) {
  Deno.test(`S4-6 letters to ${email} are doubtful`, () => {
    assert.deepEqual(deliverabilityOf(email), { verdict: "doubtful", reasons, suggestion });
  });
}

Deno.test("S4-6 letters to people at all other domains are not, however near these are to a known one", () => {
  for (
    const domain of ["gmail.com", "mail.com", "ymail.com", "gmx.org", "email.com", "notmailinator.com", "a.example"]
  ) {
    assert.deepEqual(deliverabilityOf(`information@${domain}`), GOOD, domain);
  }
});
