// @ts-check

const UNITS = /** @type {const} */ ([["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]]);

/**
 * A span in its largest unit, as one says it: `4 s`, `12 min`, `3 d`.
 * @param {number} ms
 * @returns {string}
 */
export function roughly(ms) {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3];
  return `${Math.floor(Math.max(0, ms) / size)} ${unit}`;
}

/**
 * How long something took: `38 ms`, `1.4 s`, `2 min 5 s`.
 * @param {number} ms
 * @returns {string}
 */
export function exactly(ms) {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms >= 3_600_000) return `${Math.floor(ms / 3_600_000)} h ${Math.floor(ms % 3_600_000 / 60_000)} min`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor(ms % 60_000 / 1_000)} s`;
}

/**
 * How long ago, or in how long.
 * @param {string} at ISO 8601
 * @param {number} now ms since the epoch
 * @returns {string}
 */
export function age(at, now) {
  const ms = now - Date.parse(at);
  if (ms < -1_000) return `in ${roughly(-ms)}`;
  return ms < 1_000 ? "now" : roughly(ms);
}

/**
 * The same in a sentence, of what is past: `just now`, `4 s ago`.
 * @param {string} at ISO 8601
 * @param {number} now ms since the epoch
 * @returns {string}
 */
export function ago(at, now) {
  const ms = now - Date.parse(at);
  return ms < 1_000 ? "just now" : `${roughly(ms)} ago`;
}

const TO_THE_SECOND = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const secondFormat = new Intl.DateTimeFormat("en-GB", TO_THE_SECOND);
const clockFormat = new Intl.DateTimeFormat("en-GB", { ...TO_THE_SECOND, fractionalSecondDigits: 3 });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/**
 * The time of day, with milliseconds, where the reader lives.
 * @param {string} at ISO 8601
 * @returns {string}
 */
export function timeOfDay(at) {
  return clockFormat.format(new Date(at));
}

/**
 * The same to the second, for narrow places.
 * @param {string} at ISO 8601
 * @returns {string}
 */
export function timeToTheSecond(at) {
  return secondFormat.format(new Date(at));
}

/**
 * @param {string} at ISO 8601
 * @returns {string}
 */
export function dayAndTime(at) {
  const date = new Date(at);
  return `${dayFormat.format(date)}, ${secondFormat.format(date)}`;
}
