/** A receiver that wants to be left alone for longer is asked after a day. */
const LONGEST_MS = 24 * 60 * 60 * 1_000;
/** `Sun, 06 Nov 1994 08:49:37 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * What a `Retry-After` header asks to wait, in ms, at most a day; null when there is none that can be read.
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const value = header?.trim() ?? "";
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, LONGEST_MS);
  const at = HTTP_DATE.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), LONGEST_MS);
}
