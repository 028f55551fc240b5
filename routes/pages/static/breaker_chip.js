/// <reference lib="dom" />
// @ts-check
import { element } from "./elements.js";

const WORDS = /** @type {const} */ ({
  "closed": ["succeeded", "Closed", "Calls are made"],
  "half-open": ["queued", "Half open", "One call is tried, whether it may go on"],
  "open": ["failed", "Open", "It failed too often just now: calls fail at once, until one that is tried succeeds"],
});

/**
 * How a breaker is, as a word with a coloured dot.
 * @param {import("./parcel_api.js").Breaker} breaker
 * @returns {HTMLElement}
 */
export function breakerChip(breaker) {
  const [like, word, meaning] = WORDS[breaker];
  const dot = element("span", { "class": "dot", "aria-hidden": "true" });
  return element("span", { "class": "chip", "data-status": like, "title": meaning }, dot, word);
}
