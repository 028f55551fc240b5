/// <reference lib="dom" />
// @ts-check
import { element, find, oncePerFrame, setText } from "./elements.js";
import { shortId } from "./job.js";
import { dayAndTime, timeToTheSecond } from "./times.js";

/**
 * @typedef {import("./job.js").StreamEvent} StreamEvent
 * @typedef {import("./stream.js").StreamState} StreamState
 */

const KEPT = 200;
const STATE_NAMES = { waiting: "Connecting…", open: "Connected", paused: "Paused", reconnecting: "Reconnecting…" };

/** The section "Live": the newest events, at most 200; pausing holds the view still while newer ones gather. */
export function createLiveSection() {
  const events = find("live-events", HTMLOListElement);
  const empty = find("live-empty", HTMLElement);
  const pause = find("live-pause", HTMLButtonElement);
  const state = find("live-state", HTMLElement);
  const stateText = find("live-state-text", HTMLElement);
  /** Not shown yet, oldest first; of more than are kept only the newest. @type {StreamEvent[]} */
  let arrived = [];
  let held = 0;
  let paused = false;
  /** @type {StreamState} */
  let connection = "waiting";

  const render = oncePerFrame(() => {
    const shown = paused && connection === "open" ? "paused" : connection;
    state.dataset["state"] = shown;
    setText(stateText, STATE_NAMES[shown]);
    setText(pause, paused ? resumeText(held) : "Pause");
    if (paused || arrived.length === 0) return;
    events.prepend(...arrived.map(entry).reverse());
    arrived = [];
    while (events.childElementCount > KEPT) events.lastElementChild?.remove();
    empty.hidden = true;
  });

  pause.addEventListener("click", () => {
    paused = !paused;
    held = 0;
    render();
  });

  return {
    /** @param {StreamEvent} event */
    add(event) {
      arrived.push(event);
      if (arrived.length > KEPT) arrived.shift();
      if (paused) held++;
      render();
    },
    /** @param {StreamState} now */
    show(now) {
      connection = now;
      render();
    },
  };
}

/** @param {number} held */
function resumeText(held) {
  return held === 0 ? "Resume" : `Resume, ${held.toLocaleString("en-GB")} new`;
}

/** @param {StreamEvent} event */
function entry({ number, type, subject, at, data }) {
  const [topic = "", what = ""] = type.split(".", 2);
  if (type === "gap") {
    return element("li", { "class": "gap", "data-what": "gap" }, "Older events are gone: the jobs were read again.");
  }
  const short = topic === "job" ? `${data?.type ?? "job"} ${shortId(subject)}` : subject;
  return element(
    "li",
    { "data-what": what },
    element("span", { class: "number" }, number),
    element("time", { datetime: at, title: dayAndTime(at) }, timeToTheSecond(at)),
    element("span", { class: "what" }, type),
    element("span", { class: "subject", title: subject }, short),
  );
}
