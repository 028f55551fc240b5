/// <reference lib="dom" />
// @ts-check
import { element } from "./elements.js";

const WORDS = /** @type {Readonly<Record<string, readonly [word: string, meaning: string]>>} */ ({
  "threw": ["Threw", "The handler threw an error"],
  "hung": ["Hung", "The handler went on beyond its deadline"],
  "out-of-memory": ["Out of memory", "The handler's process ran out of memory"],
  "crashed": ["Crashed", "The handler took its worker or process down"],
  "not-permitted": ["Not permitted", "The handler reached for what its kind may not"],
  "constraint": ["Constraint", "The database refused what the handler wrote"],
  "malformed": ["Malformed", "The payload or the result does not fit its schema"],
});

/**
 * Why something was given up, in a word.
 * @param {string} verdict
 * @returns {HTMLElement}
 */
export function verdictChip(verdict) {
  const [word, meaning] = WORDS[verdict] ?? [verdict, ""];
  const dot = element("span", { "class": "dot", "aria-hidden": "true" });
  return element("span", { "class": "chip", "data-verdict": verdict, "title": meaning }, dot, word);
}
