import { type Deliverability, type DoubtfulBy, emailKeyOf } from "../customer/rows.ts";

const WORDS = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Read by nobody in particular, or by nobody. @see RFC 2142 */
const ROLES = WORDS(`
  abuse accounting accounts admin administrator billing careers contact enquiries feedback finance ftp hello help hostmaster
  hr info it jobs legal mail mailer-daemon marketing media news newsletter no-reply noc noreply office orders postmaster press
  privacy root sales security service shop spam staff subscribe support sysadmin team unsubscribe usenet webmaster www`);

/** Where anybody has an address for ten minutes. */
const DISPOSABLE = WORDS(`
  10minutemail.com 33mail.com burnermail.io discard.email dispostable.com emailondeck.com fakeinbox.com getairmail.com
  getnada.com grr.la guerrillamail.com guerrillamail.info inboxkitten.com mailcatch.com maildrop.cc mailinator.com
  mailnesia.com mailsac.com mintemail.com moakt.com mohmal.com mytemp.email sharklasers.com spam4.me spamgourmet.com
  temp-mail.org tempail.com tempmail.com tempr.email throwawaymail.com trash-mail.com trashmail.com yopmail.com yopmail.fr`);

/** Where most people have theirs; also those that look like one of these, but are none. */
const KNOWN = WORDS(`
  aol.com btinternet.com comcast.net email.com fastmail.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
  hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com libero.it live.com mail.com mail.ru me.com msn.com orange.fr
  outlook.com outlook.de outlook.fr proton.me protonmail.com t-online.de tutanota.com verizon.net wanadoo.fr web.de yahoo.ca
  yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com`);
/** Of shorter ones every other name is but a letter away. */
const SHORTEST_MISSPELT = 8;

/** What can be told of an address by looking at it. */
export function deliverabilityOf(email: string): Deliverability {
  const key = emailKeyOf(email);
  const at = key.lastIndexOf("@");
  const [local, domain] = [key.slice(0, at).split("+", 1)[0]!, key.slice(at + 1)];
  const meant = meantBy(domain);
  const reasons: DoubtfulBy[] = [
    ...ROLES.has(local) ? ["role-address"] as const : [],
    ...isDisposable(domain) ? ["disposable-domain"] as const : [],
    ...meant === null ? [] : ["misspelt-domain"] as const,
  ];
  return { verdict: reasons.length === 0 ? "good" : "doubtful", reasons, suggestion: meant };
}

/** Such services take mail for whatever is below their names. */
function isDisposable(domain: string): boolean {
  const labels = domain.split(".");
  return labels.some((_, from) => DISPOSABLE.has(labels.slice(from).join(".")));
}

/** The well-known domain that it is one slip of the finger away from. */
function meantBy(domain: string): string | null {
  if (domain.length < SHORTEST_MISSPELT || KNOWN.has(domain)) return null;
  return [...KNOWN].find((known) => known.length >= SHORTEST_MISSPELT && isOneSlip(domain, known)) ?? null;
}

/** A letter too many, too few or another, or two in the wrong order. */
function isOneSlip(given: string, meant: string): boolean {
  if (Math.abs(given.length - meant.length) > 1) return false;
  let from = 0;
  while (from < given.length && given[from] === meant[from]) from++;
  const rests = (a: number, b: number) => given.slice(from + a) === meant.slice(from + b);
  const isSwapped = given[from] === meant[from + 1] && given[from + 1] === meant[from] && rests(2, 2);
  return given !== meant && (rests(1, 1) || rests(1, 0) || rests(0, 1) || isSwapped);
}
