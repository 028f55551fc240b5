/// <reference lib="dom" />
// @ts-check
import { element } from "./elements.js";
import { svg } from "./svg.js";

/** In the order in which a parcel goes through them; others that a source may have come after. */
const KNOWN = ["PICKUP", "STATUS", "DELIVERY"];
const WORDS = /** @type {Readonly<Record<string, string>>} */ ({
  PICKUP: "picked up",
  STATUS: "on the way",
  DELIVERY: "delivered",
});

/**
 * How many parcels are in which state: a bar of shares, and the numbers in words.
 * @param {readonly { readonly type: string, readonly parcels: number }[]} counts
 * @returns {Node[]}
 */
export function stateBar(counts) {
  const total = counts.reduce((sum, { parcels }) => sum + parcels, 0);
  if (total === 0) return [element("p", { class: "hint" }, "No parcels yet.")];
  const ordered = [...counts].sort((one, other) => placeOf(one.type) - placeOf(other.type));
  let from = 0;
  const shares = ordered.map(({ type, parcels }) => {
    const width = parcels / total * 100;
    const share = svg("rect", {
      "x": from.toFixed(2),
      "y": 0,
      "width": width.toFixed(2),
      "height": 8,
      "data-state": stateOf(type),
    });
    from += width;
    return share;
  });
  const bar = svg("svg", {
    "class": "state-bar",
    "viewBox": "0 0 100 8",
    "preserveAspectRatio": "none",
    "aria-hidden": "true",
  }, ...shares);
  const legend = ordered.map(({ type, parcels }) =>
    element(
      "li",
      { "data-state": stateOf(type) },
      element("span", { "class": "dot", "aria-hidden": "true" }),
      element("strong", {}, parcels.toLocaleString("en-GB")),
      ` ${WORDS[type] ?? type}`,
    )
  );
  return [bar, element("ul", { "class": "state-legend", "aria-label": "Parcels" }, ...legend)];
}

/** @param {string} type */
function placeOf(type) {
  const place = KNOWN.indexOf(type);
  return place === -1 ? KNOWN.length : place;
}

/** @param {string} type */
function stateOf(type) {
  return KNOWN.includes(type) ? type.toLowerCase() : "other";
}
