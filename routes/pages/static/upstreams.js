/// <reference lib="dom" />
// @ts-check
import { breakerChip } from "./breaker_chip.js";
import { element, find } from "./elements.js";
import { exactly, timeToTheSecond } from "./times.js";

/** @typedef {import("./parcel_api.js").Upstream} Upstream */

/**
 * The section "Upstreams": the servers outside that work calls, as this node sees them.
 * @param {readonly Upstream[]} upstreams
 * @returns {void}
 */
export function showUpstreams(upstreams) {
  find("upstreams-empty", HTMLElement).hidden = upstreams.length > 0;
  find("upstreams", HTMLElement).replaceChildren(...upstreams.map(rowOf));
}

/** @param {Upstream} upstream */
function rowOf({ name, breaker, errorRatio, latencyMs, remaining, waitUntil }) {
  const facts = [
    `${Math.round(errorRatio * 100)} % errors`,
    latencyMs === null ? "not called lately" : `${exactly(latencyMs)} an answer`,
    ...(remaining === null ? [] : [`${remaining.toLocaleString("en-GB")} calls left`]),
    ...(waitUntil === null ? [] : [`waits until ${timeToTheSecond(waitUntil)}`]),
  ];
  return element(
    "li",
    { class: "upstream" },
    element("strong", {}, name),
    breakerChip(breaker),
    element("span", { class: "upstream-facts" }, facts.join(" · ")),
  );
}
