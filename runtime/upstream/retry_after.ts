/** Who wants to be left alone for longer is asked after a day. */
const LONGEST_MS = 24 * 60 * 60 * 1_000;
/** `Sun, 06 Nov 1994 08:49:37 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * What a `Retry-After` header asks to wait, in ms, at most a day; null when there is none that can be read. A date counts
 * from the answer's own `Date`, so that it does not matter whose clock is right; without one from `now`.
 * @param headers of the answer, by lower-case name
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | null {
  const value = headers["retry-after"]?.trim() ?? "";
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, LONGEST_MS);
  const at = instantOf(value);
  if (at === null) return null;
  return Math.min(Math.max(at - (instantOf(headers["date"]?.trim() ?? "") ?? now), 0), LONGEST_MS);
}

function instantOf(value: string): number | null {
  const at = HTTP_DATE.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? null : at;
}

/** A page that says it all has said it by here. */
const READ_CHARS = 8_192;
const UNIT_MS: readonly (readonly [unit: RegExp, ms: number])[] = [
  [/^(ms|milli)/, 1],
  [/^m/, 60_000],
  [/^h/, 3_600_000],
  [/^/, 1_000],
];
const AMOUNT = String
  .raw`(\d{1,9}(?:\.\d{1,3})?)\s*(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)\b`;
/** Up to two amounts: `1 minute and 30 seconds`. */
const AMOUNTS = String.raw`${AMOUNT}(?:\s*(?:,|and)?\s*${AMOUNT})?`;
const WORDINGS: readonly RegExp[] = [
  // "Please wait for 3406 seconds", "wait at least 2 minutes", "you must wait another 30s"
  String.raw`\bwait(?:ing)?\b[^.\d]{0,40}?${AMOUNTS}`,
  // "try again in 10 seconds", "Retry after 30 s", "retry your request in 5 minutes", "come back in 1 hour"
  String.raw`\b(?:try|retry|again|back)\b[^.\d]{0,40}?\b(?:in|after|within)\b[^.\d]{0,20}?${AMOUNTS}`,
  // "available in 45 seconds", "resets in 12s", "blocked for 10 minutes", "Expected available in 30 seconds."
  String
    .raw`\b(?:available|resets?|expires?|lifted|blocked|throttled|limited|banned)\b[^.\d]{0,30}?\b(?:in|for|after)\b[^.\d]{0,20}?${AMOUNTS}`,
  // "30 seconds remaining until", "12 seconds left"
  String.raw`${AMOUNTS}\s*(?:remaining|left|to wait|until|before)\b`,
].map((wording) => new RegExp(wording, "i"));
/** `"retry_after": 12`, `"retryAfterSeconds":"12"`, `"retryAfterMs":1200`. */
const FIELD =
  /"?retry[-_ ]?after(?:[-_ ]?(ms|millis(?:econds)?|s|secs?|seconds?|minutes?|mins?))?"?\s*[:=]\s*"?(\d{1,9}(?:\.\d{1,3})?)\b/i;

/**
 * What an answer's text asks to wait, in ms, at most a day; null when it does not say. Of a refusal only: elsewhere such
 * words may mean anything.
 */
export function waitSaidIn(text: string): number | null {
  const read = text.slice(0, READ_CHARS);
  const field = FIELD.exec(read);
  if (field !== null) return bounded(inMs(field[2]!, field[1] ?? "s"));
  for (const wording of WORDINGS) {
    const found = wording.exec(read);
    if (found === null) continue;
    const [, first = "0", unit = "s", second = "0", smaller = "s"] = found;
    return bounded(inMs(first, unit) + inMs(second, smaller));
  }
  return null;
}

function inMs(amount: string, unit: string): number {
  const [, ms] = UNIT_MS.find(([pattern]) => pattern.test(unit.toLowerCase()))!;
  return Number(amount) * ms;
}

function bounded(ms: number): number {
  return Math.min(Math.ceil(ms), LONGEST_MS);
}
