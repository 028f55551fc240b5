import type { Letter } from "../../actor/letter.ts";
import type { Sender } from "../../actor/mail_url.ts";
import type { AddressedLetter } from "./carrier.ts";

/**
 * Adds who a letter is from, by what it is known and how one gets no more of them. One click is offered only where there is
 * an https address for it, which must say whom it is for without a login: the letter's id does.
 * @see RFC 2369, section 3.2; RFC 8058, section 3.1; RFC 3834, section 5 (`Auto-Submitted`)
 */
export function addressLetter(
  letter: Letter,
  { from, unsubscribeUrl }: { from: Sender; unsubscribeUrl: URL | null },
): AddressedLetter {
  const byMail = `<mailto:${encodeURIComponent(from.address).replace("%40", "@")}?subject=unsubscribe%20${letter.id}>`;
  const headers: Record<string, string> = { "Auto-Submitted": "auto-generated", "List-Unsubscribe": byMail };
  if (unsubscribeUrl !== null) {
    const url = new URL(unsubscribeUrl);
    url.searchParams.set("id", letter.id);
    headers["List-Unsubscribe"] = `<${url.href}>, ${byMail}`;
    headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
  }
  return { ...letter, messageId: `<${letter.id}@${from.address.split("@").at(-1)}>`, from, headers };
}
