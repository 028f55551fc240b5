/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { listParked, resumeActor } from "./control_api.js";
import { announce, element, find, setText } from "./elements.js";
import { createRefresher } from "./refresher.js";
import { ago, dayAndTime } from "./times.js";

/**
 * @typedef {import("./control_api.js").ParkedActor} ParkedActor
 * @typedef {import("./job.js").StreamEvent} StreamEvent
 */

const TICK_MS = 1_000;

/**
 * The part "Parked actors" of the view "Supervision".
 * @param {{ onCount: (text: string) => void }} acts
 */
export function createParkedActors({ onCount }) {
  const rows = find("parked", HTMLUListElement);
  const empty = find("parked-empty", HTMLElement);
  const problem = find("parked-problem", HTMLElement);

  /** @param {unknown} thrown */
  const complain = (thrown) => {
    setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
    problem.hidden = false;
  };
  const refresh = createRefresher(async () => {
    const { items, nextCursor } = await listParked();
    const had = rows.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : undefined;
    rows.replaceChildren(...items.map((actor) => rowOf(actor, () => carryOut(actor))));
    empty.hidden = items.length > 0;
    onCount(items.length === 0 ? "" : `${items.length}${nextCursor === null ? "" : "+"}`);
    if (had === undefined) return;
    const buttons = [...rows.querySelectorAll("button")];
    const same = buttons.find((button) => button.getAttribute("aria-label") === had);
    (same ?? buttons[0] ?? find("parked-heading", HTMLElement)).focus();
  }, { onFailed: complain, onMended: () => void (problem.hidden = true) });

  /** @param {ParkedActor} actor */
  const carryOut = async (actor) => {
    problem.hidden = true;
    try {
      await resumeActor(actor);
      announce(`${actor.kind}/${actor.key} goes on`);
    } catch (thrown) {
      complain(thrown);
    }
    refresh();
  };

  setInterval(() => {
    for (const since of rows.querySelectorAll("time")) setText(since, sinceText(since.dateTime));
  }, TICK_MS);

  return {
    reload: refresh,
    /** @param {StreamEvent} event */
    apply({ type }) {
      if (type === "actor.parked" || type === "actor.resumed") refresh();
    },
  };
}

/**
 * @param {ParkedActor} actor
 * @param {() => void} onResume
 */
function rowOf({ kind, key, parked }, onResume) {
  const resume = element(
    "button",
    { "type": "button", "class": "small", "aria-label": `Resume ${kind}/${key}` },
    "Resume",
  );
  resume.addEventListener("click", onResume);
  const since = element("time", { datetime: parked.at, title: dayAndTime(parked.at) }, sinceText(parked.at));
  return element(
    "li",
    { class: "control-row" },
    element(
      "div",
      { class: "control-what" },
      element("p", {}, element("strong", {}, kind), " ", element("code", {}, key), " · ", since),
      element("p", { class: "control-why" }, parked.reason),
    ),
    resume,
  );
}

/** @param {string} at */
function sinceText(at) {
  return `parked ${ago(at, Date.now())}`;
}
