/// <reference lib="dom" />
// @ts-check
import { element, find, oncePerFrame } from "./elements.js";
import { dayAndTime, timeToTheSecond } from "./times.js";

/** @typedef {import("./job.js").StreamEvent} StreamEvent */

const KEPT = 30;

const WORDS = /** @type {Readonly<Record<string, readonly [state: string, word: string]>>} */ ({
  "parcel.picked-up": ["pickup", "picked up"],
  "parcel.status-changed": ["status", "on the way"],
  "parcel.delivered": ["delivery", "delivered"],
});

/** The section "Parcels": what was told of them last, newest first. */
export function createParcelEvents() {
  const list = find("parcel-events", HTMLOListElement);
  const empty = find("parcel-events-empty", HTMLElement);
  /** Oldest first. @type {StreamEvent[]} */
  let arrived = [];

  const render = oncePerFrame(() => {
    list.prepend(...arrived.map(entry).reverse());
    arrived = [];
    while (list.childElementCount > KEPT) list.lastElementChild?.remove();
    empty.hidden = list.childElementCount > 0;
  });

  return {
    /** @param {StreamEvent} event */
    apply(event) {
      if (!event.type.startsWith("parcel.")) return;
      arrived.push(event);
      if (arrived.length > KEPT) arrived.shift();
      render();
    },
  };
}

/** @param {StreamEvent} event */
function entry({ type, at, data }) {
  const [state, word] = WORDS[type] ?? ["other", type];
  return element(
    "li",
    { "data-state": state },
    element("span", { "class": "dot", "aria-hidden": "true" }),
    element("time", { datetime: at, title: dayAndTime(at) }, timeToTheSecond(at)),
    element("strong", {}, `${data.parcelId}`),
    element("span", {}, `${word}${data.statusCode ? ` · ${data.statusCode}` : ""}`),
    element("span", { class: "parcel-stream" }, data.stream),
  );
}
