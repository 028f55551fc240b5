/// <reference lib="dom" />
// @ts-check
import { element } from "./elements.js";

const UNITS = [["s", 1_000], ["min", 60_000], ["h", 3_600_000], ["d", 86_400_000]];

/**
 * The fields of what any submission may say beside its payload.
 * @returns {HTMLElement[]}
 */
export function optionFields() {
  const unit = element("select", { "name": "delayUnit", "aria-label": "Unit of the delay" });
  unit.append(...UNITS.map(([name, ms]) => element("option", { value: ms ?? 1 }, String(name))));
  const delay = input("delay", "/delayMs", { type: "number", min: 0, step: "any", placeholder: "0" });
  const priority = { type: "number", min: -1_000, max: 1_000, placeholder: "0, larger is earlier" };
  const maxAttempts = { type: "number", min: 1, max: 100, placeholder: "as the type says" };
  const dedupeKey = { placeholder: "one unfinished job per key", spellcheck: "false" };
  return [
    field("Start after", "delay", element("div", { class: "joined" }, delay, unit)),
    field("Priority", "priority", input("priority", "/priority", priority)),
    field("Max attempts", "maxAttempts", input("maxAttempts", "/maxAttempts", maxAttempts)),
    field("Dedupe key", "dedupeKey", input("dedupeKey", "/dedupeKey", dedupeKey)),
  ];
}

/**
 * @param {string} label
 * @param {string} id of the control in it that the label names
 * @param {Node} body
 */
function field(label, id, body) {
  return element("div", { class: "field" }, element("label", { for: id }, label), body);
}

/**
 * @param {string} id also its name in the form
 * @param {string} pointer where the server complains about it
 * @param {Record<string, string | number>} attributes
 */
function input(id, pointer, attributes) {
  return element("input", { id, "name": id, "data-pointer": pointer, ...attributes });
}
