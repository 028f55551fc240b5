/// <reference lib="dom" />
// @ts-check
import { element } from "./elements.js";
import { TICK_NAMES } from "./schedule_words.js";

const LIKE = /** @type {const} */ ({ sent: "succeeded", skipped: "cancelled", refused: "failed" });

/**
 * What became of an instant, as a word with a coloured dot.
 * @param {import("./schedule_api.js").Tick} tick
 * @returns {HTMLElement}
 */
export function tickChip({ status, error }) {
  const dot = element("span", { "class": "dot", "aria-hidden": "true" });
  return element("span", { "class": "chip", "data-status": LIKE[status], "title": error }, dot, TICK_NAMES[status]);
}
