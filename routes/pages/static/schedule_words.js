// @ts-check

/**
 * @typedef {import("./schedule_api.js").Target} Target
 * @typedef {import("./schedule_api.js").Timing} Timing
 */

/** From the largest; as one counts in them. */
const UNITS = /** @type {const} */ ([["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000]]);

/**
 * An interval as one says it: `every 5 minutes`, `every hour`.
 * @param {number} ms
 * @returns {string}
 */
export function intervalText(ms) {
  const [unit, size] = UNITS.find(([, size]) => ms % size === 0) ?? ["ms", 1];
  const count = ms / size;
  if (count === 1) return `every ${unit}`;
  return `every ${count.toLocaleString("en-GB")} ${unit}${unit === "ms" ? "" : "s"}`;
}

/**
 * To whom it sends what.
 * @param {Target} target
 * @returns {string}
 */
export function targetText({ type, kind, key, message }) {
  if (type !== undefined) return `submits ${/^[aeiou]/.test(type) ? "an" : "a"} ${type} job`;
  return key === null ? `sends ${message} to a new ${kind} each time` : `sends ${message} to ${kind}/${key}`;
}

/** What a tick was, in a word. */
export const TICK_NAMES = { sent: "Sent", skipped: "Skipped", refused: "Refused" };

/** Why there was one. */
export const CAUSE_NAMES = { "due": "on time", "caught-up": "caught up", "asked": "asked for" };
