/// <reference lib="dom" />
// @ts-check
import { address } from "./api.js";
import { element } from "./elements.js";
import { dayAndTime } from "./times.js";

const SHOWN_ROWS = 24;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * What a job came to, with the files it can be had as.
 * @param {import("./job.js").Job} job
 * @param {readonly { name: string, title: string }[]} formats
 * @returns {HTMLElement}
 */
export function resultView({ id, result }, formats) {
  const links = formats.map(({ name, title }) =>
    element(
      "a",
      { href: address(`/api/jobs/${id}/result`, { format: name }), download: true, class: "download" },
      title,
    )
  );
  return element(
    "section",
    { "class": "result", "aria-label": "Result" },
    element(
      "div",
      { class: "part-head" },
      element("h3", {}, "Result"),
      element("div", { class: "downloads" }, ...links),
    ),
    ...bodyOf(result),
  );
}

/**
 * Simple values as a list of facts, lists of records as tables, whatever is deeper as JSON.
 * @param {unknown} result
 * @returns {HTMLElement[]}
 */
function bodyOf(result) {
  if (result === null || result === undefined) return [element("p", { class: "hint" }, "It gave back nothing.")];
  if (!isRecord(result)) return [json(result)];
  const facts = element("dl", { class: "facts" });
  const rest = [];
  for (const [name, value] of Object.entries(result)) {
    if (typeof value === "object" && value !== null) rest.push(...partOf(name, value));
    else facts.append(element("div", {}, element("dt", {}, spoken(name)), element("dd", {}, shown(value))));
  }
  return facts.childElementCount === 0 ? rest : [facts, ...rest];
}

/**
 * @param {string} name
 * @param {object} value
 * @returns {HTMLElement[]}
 */
function partOf(name, value) {
  if (Array.isArray(value) && value.length === 0) return [];
  const body = Array.isArray(value) && value.every(isFlat) ? table(value) : json(value);
  return [element("h4", {}, spoken(name)), body];
}

/** @param {readonly Record<string, unknown>[]} records */
function table(records) {
  const flat = records.map(flattened);
  const names = [...new Set(flat.flatMap((record) => Object.keys(record)))];
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, spoken(name))));
  const rows = flat.slice(0, SHOWN_ROWS).map((record) =>
    element("tr", {}, ...names.map((name) => element("td", {}, shown(record[name]))))
  );
  const left = records.length - rows.length;
  const note = left > 0 ? [element("caption", {}, `${left} more in the files above`)] : [];
  const whole = element("table", {}, ...note, element("thead", {}, head), element("tbody", {}, ...rows));
  return element("div", { class: "scroll", tabindex: 0 }, whole);
}

/**
 * `{ type, durationMs: { p50 } }` has the columns `type` and `durationMs p50`.
 * @param {Record<string, unknown>} record
 * @returns {Record<string, unknown>}
 */
function flattened(record) {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      isRecord(value) ? Object.entries(value).map(([inner, part]) => [`${name} ${inner}`, part]) : [[name, value]]
    ),
  );
}

/** @param {unknown} value */
function json(value) {
  return element("pre", { tabindex: 0 }, JSON.stringify(value, null, 2));
}

/** @param {unknown} value */
function shown(value) {
  if (typeof value === "number") return value.toLocaleString("en-GB");
  if (typeof value === "string" && INSTANT.test(value)) return dayAndTime(value);
  return value === null || value === undefined ? "–" : String(value);
}

/**
 * `meanMs` reads `Mean ms`.
 * @param {string} name
 */
function spoken(name) {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll(/[_-]+/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether it is a record of simple values, or of records of such.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isFlat(value) {
  if (!isRecord(value)) return false;
  const parts = Object.values(value).flatMap((part) => isRecord(part) ? Object.values(part) : [part]);
  return parts.every((part) => typeof part !== "object" || part === null);
}
