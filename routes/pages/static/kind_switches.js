/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { announce, element, find, setText } from "./elements.js";
import { dayAndTime } from "./times.js";

/** @typedef {import("./control_api.js").Kind} Kind */

/**
 * The part "What runs" of the view "Supervision": a switch for each kind. And the line over the jobs that says which
 * of their types are paused.
 * @param {{ kinds: import("./kinds.js").Kinds }} of
 */
export function createKindSwitches({ kinds }) {
  const rows = find("kinds", HTMLUListElement);
  const problem = find("kinds-problem", HTMLElement);
  const note = find("paused-note", HTMLElement);
  /** @type {Map<string, KindRow>} */
  const byName = new Map();

  /**
   * @param {string} name
   * @param {"pause" | "resume"} verb
   */
  const act = async (name, verb) => {
    problem.hidden = true;
    try {
      await kinds.act(name, verb);
      announce(`${name} ${verb === "pause" ? "is paused" : "runs again"}`);
    } catch (thrown) {
      setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
      problem.hidden = false;
    }
  };

  return {
    render() {
      const jobsFirst = [...kinds.all].sort((a, b) => Number(b.isJob) - Number(a.isJob));
      for (const kind of jobsFirst) {
        const row = byName.get(kind.name) ?? new KindRow(kind, (verb) => act(kind.name, verb));
        byName.set(kind.name, row);
        if (row.node.parentNode === null) rows.append(row.node);
        row.show(kind);
      }
      const paused = kinds.paused.filter(({ isJob }) => isJob).map(({ name }) => name);
      note.hidden = paused.length === 0;
      setText(find("paused-text", HTMLElement), pausedText(paused));
    },
  };
}

/** One kind; its switch keeps the focus while it changes. */
class KindRow {
  node;
  #switch;
  #why = element("p", { class: "control-why" });

  /**
   * @param {Kind} kind
   * @param {(verb: "pause" | "resume") => void} act
   */
  constructor({ name, isJob }, act) {
    this.#switch = element("button", {
      "type": "button",
      "class": "switch",
      "role": "switch",
      "aria-label": `${name} runs`,
    });
    this.#switch.addEventListener("click", () => act(this.#isOn ? "pause" : "resume"));
    this.node = element(
      "li",
      { "class": "control-row", "data-kind": name },
      element(
        "div",
        { class: "control-what" },
        element("p", {}, element("strong", {}, name), " · ", element("span", {}, isJob ? "job type" : "actor")),
        this.#why,
      ),
      this.#switch,
    );
  }

  get #isOn() {
    return this.#switch.getAttribute("aria-checked") === "true";
  }

  /**
   * @param {Kind} kind
   * @returns {void}
   */
  show({ paused }) {
    this.#switch.setAttribute("aria-checked", String(paused === null));
    setText(this.#switch, paused === null ? "Runs" : "Paused");
    setText(this.#why, paused === null ? "" : `Paused by ${paused.by}, ${dayAndTime(paused.at)}`);
    this.#why.hidden = paused === null;
  }
}

/** @param {readonly string[]} names */
function pausedText(names) {
  const all = names.join(", ");
  return names.length === 1
    ? `${all} is paused: its jobs are taken in and wait.`
    : `${all} are paused: their jobs wait.`;
}
