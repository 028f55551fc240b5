/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { tenant } from "./api.js";
import { WAYS } from "./channel_ways.js";
import { element, find, oncePerFrame, setText } from "./elements.js";
import { dayAndTime, exactly, timeToTheSecond } from "./times.js";
import { askWho } from "./who.js";

/** @typedef {import("./channel_ways.js").ToldEvent} ToldEvent */

const KEPT = 200;
const RETRY_MS = 1_000;
const STATES = {
  waiting: "Connecting…",
  open: "Connected",
  reconnecting: "Lost: connecting again…",
  paused: "Disconnected",
};

const way = /** @type {import("./channel_ways.js").Way} */ (WAYS[location.pathname.split("/").at(-1) ?? "sse"]);
document.title = `${way.name} · Mailroom`;
for (const link of document.querySelectorAll("a[data-way]")) {
  if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
  link.setAttribute("href", `${link.getAttribute("href")}?tenant=${tenant}`);
}
find("home", HTMLAnchorElement).href = `/?tenant=${tenant}`;

const list = find("events", HTMLOListElement);
const form = find("asked", HTMLFormElement);
const toggle = find("switch", HTMLButtonElement);

/** @type {keyof typeof STATES} */
let state = "waiting";
/** @type {number | undefined} */
let last;
/** @type {string | undefined} */
let topics;
/** @type {{ lag: number, longest: number } | null} */
let lags = null;
let count = 0;
let connections = 0;
/** Not shown yet. @type {HTMLLIElement[]} */
let arrived = [];
let close = () => {};
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retry;

const render = oncePerFrame(() => {
  find("state", HTMLElement).dataset["state"] = state;
  setText(find("state-text", HTMLElement), STATES[state]);
  setText(toggle, state === "paused" ? "Connect" : "Disconnect");
  setText(find("last-id", HTMLElement), last === undefined ? "none" : String(last));
  setText(find("lag", HTMLElement), lags === null ? "none" : exactly(lags.lag));
  setText(find("longest", HTMLElement), lags === null ? "none" : exactly(lags.longest));
  setText(find("count", HTMLElement), count.toLocaleString("en-GB"));
  setText(find("connections", HTMLElement), String(connections));
  setText(find("address", HTMLElement), way.address({ topics, after: last }));
  list.prepend(...arrived.splice(0).reverse());
  while (list.childElementCount > KEPT) list.lastElementChild?.remove();
  find("empty", HTMLElement).hidden = list.childElementCount > 0;
});

function connect() {
  close();
  clearTimeout(retry);
  close = way.open({ topics, after: last }, {
    onOpen() {
      state = "open";
      connections++;
      render();
    },
    onEvents(events) {
      count += events.length;
      const lag = Math.max(0, Date.now() - Date.parse(/** @type {ToldEvent} */ (events.at(-1)).at));
      lags = { lag, longest: Math.max(lag, lags?.longest ?? 0) };
      arrived = [...arrived, ...events.map(entry)].slice(-KEPT);
      render();
    },
    onPlace(id) {
      last = id;
      render();
    },
    onGap() {
      arrived.push(element("li", { class: "gap" }, "Events were removed before they could be sent."));
      render();
    },
    onLost() {
      state = "reconnecting";
      render();
      // Whoever is signed out is led to the sign-in page.
      retry = setTimeout(() => askWho().then(connect), RETRY_MS);
    },
  });
}

/** @param {ToldEvent} event */
function entry({ id, type, subject, at }) {
  return element(
    "li",
    { "data-what": type.split(".")[1] ?? "" },
    element("span", { class: "number" }, String(id)),
    element("time", { datetime: at, title: dayAndTime(at) }, timeToTheSecond(at)),
    element("span", { class: "what" }, type),
    element("span", { class: "subject", title: subject }, subject),
  );
}

toggle.addEventListener("click", () => {
  if (state === "paused") {
    state = "waiting";
    connect();
  } else {
    state = "paused";
    close();
    clearTimeout(retry);
  }
  render();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = new FormData(form);
  topics = String(given.get("topics")) || undefined;
  last = given.get("after") === "" ? undefined : Number(given.get("after"));
  lags = null;
  count = 0;
  arrived = [];
  list.replaceChildren();
  state = "waiting";
  connect();
  render();
});

connect();
render();
