const DAY_MS = 24 * 60 * 60 * 1_000;
const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));

/** Of the day that was asked for last: most instants of an answer are of one. */
let known = { day: NaN, text: "" };

/** Ms since the epoch as ISO 8601 in UTC: what `Date` makes of it, for a tenth of the time. */
export function iso(at: number): string {
  const day = Math.floor(at / DAY_MS);
  if (day !== known.day) known = { day, text: new Date(day * DAY_MS).toISOString().slice(0, -"00:00:00.000Z".length) };
  const ms = Math.floor(at - day * DAY_MS);
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.floor(ms / 1_000) % 60;
  const rest = ms % 1_000;
  const fraction = rest < 100 ? `0${TWO_DIGITS[rest]}` : rest;
  return `${known.text}${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${
    TWO_DIGITS[seconds]
  }.${fraction}Z`;
}
