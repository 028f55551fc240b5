const SECOND_MS = 1_000;
const UNITS: readonly (readonly [ms: number, letter: string])[] = [
  [86_400 * SECOND_MS, "d"],
  [3_600 * SECOND_MS, "h"],
  [60 * SECOND_MS, "min"],
  [SECOND_MS, "s"],
];

/** `3 min ago`, `in 2 h`, `now`. */
export function fromNow(at: number, now: number): string {
  const gap = Math.abs(now - at);
  const [unit, letter] = UNITS.find(([ms]) => gap >= ms) ?? [0, ""];
  if (unit === 0) return "now";
  const count = `${Math.floor(gap / unit)} ${letter}`;
  return at <= now ? `${count} ago` : `in ${count}`;
}

/** `840 ms`, `2.4 s`, `3 min 20 s`, `5 h 2 min`. */
export function duration(ms: number): string {
  if (ms < 1) return ms <= 0 ? "0 ms" : "< 1 ms";
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 60 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(ms < 10 * SECOND_MS ? 1 : 0)} s`;
  const index = UNITS.findIndex(([unit]) => ms >= unit);
  const [unit, letter] = UNITS[index]!;
  const [lesser, lesserLetter] = UNITS[index + 1]!;
  const rest = Math.floor((ms % unit) / lesser);
  return `${Math.floor(ms / unit)} ${letter}${rest === 0 ? "" : ` ${rest} ${lesserLetter}`}`;
}

/** `12,480`; less than ten with a digit behind the point unless it is whole. */
export function count(value: number): string {
  const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `2026-11-23 05:20:11 UTC`. */
export function dayAndTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** What people can tell apart of a ULID: its end. */
export function shortId(id: string): string {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id) ? `…${id.slice(-8)}` : id;
}

/** JSON as people read it. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
