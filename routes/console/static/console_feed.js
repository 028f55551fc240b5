/// <reference lib="dom" />
// @ts-check

/** @typedef {import("./console_stream.js").Heard} Heard */

const KEPT = 500;

/**
 * The list of the live feed: the newest 500 events, first the newest. Pausing holds it still while newer ones gather.
 * @returns {((event: Heard) => void) | null} null where the page has none
 */
export function startFeed() {
  const feed = document.getElementById("feed");
  if (feed === null) return null;
  const pause = /** @type {HTMLButtonElement} */ (document.getElementById("feed-pause"));
  const filter = /** @type {HTMLInputElement} */ (document.getElementById("feed-filter"));
  /** Not shown yet, oldest first. @type {Heard[]} */
  let arrived = [];
  let isPaused = false;
  let isAsked = false;

  const render = () => {
    isAsked = false;
    pause.textContent = isPaused ? (arrived.length === 0 ? "Resume" : `Resume, ${arrived.length} new`) : "Pause";
    if (isPaused || arrived.length === 0) return;
    document.getElementById("feed-empty")?.remove();
    feed.prepend(...arrived.map(entry).reverse());
    arrived = [];
    while (feed.childElementCount > KEPT) feed.lastElementChild?.remove();
    sift(feed, filter.value);
  };
  const soon = () => {
    if (!isAsked) requestAnimationFrame(render);
    isAsked = true;
  };
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    soon();
  });
  filter.addEventListener("input", () => sift(feed, filter.value));
  return (event) => {
    arrived.push(event);
    if (arrived.length > KEPT) arrived.shift();
    soon();
  };
}

/**
 * @param {HTMLElement} feed
 * @param {string} wanted
 */
function sift(feed, wanted) {
  const word = wanted.trim().toLowerCase();
  for (const entry of feed.children) {
    if (entry instanceof HTMLElement) entry.hidden = word !== "" && !entry.textContent?.toLowerCase().includes(word);
  }
}

/** @param {Heard} event */
function entry({ number, type, subject, at, data }) {
  const item = document.createElement("li");
  item.dataset["what"] = type.split(".", 2)[1] ?? type;
  item.append(
    part("span", "number", number),
    part("time", "", type === "gap" ? "" : at.slice(11, 23)),
    part("span", "what", type),
    part("span", "subject", subject ?? "older events are gone"),
    part("code", "", data === undefined || data === null ? "" : JSON.stringify(data)),
  );
  return item;
}

/**
 * @param {"span" | "time" | "code"} name
 * @param {string} className
 * @param {string} text
 */
function part(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = text;
  return node;
}
