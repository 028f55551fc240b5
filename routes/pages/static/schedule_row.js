/// <reference lib="dom" />
// @ts-check
import { element, setText } from "./elements.js";
import { ScheduleHistory } from "./schedule_history.js";
import { intervalText, targetText } from "./schedule_words.js";
import { tickChip } from "./tick_chip.js";
import { age, ago, dayAndTime } from "./times.js";

/** @typedef {import("./schedule_api.js").Schedule} Schedule */

/** One schedule of the list; what has the focus in it keeps it while it changes. */
export class ScheduleRow {
  node;
  #schedule;
  #facts = element("p", { class: "schedule-facts" });
  #next = element("dd");
  #last = element("dd");
  #switch;
  #opener;
  /** @type {ScheduleHistory | null} */
  #history = null;

  /** @param {Schedule} schedule */
  constructor(schedule) {
    const { name, builtIn } = schedule;
    this.#schedule = schedule;
    this.#switch = button("switch", "", { "class": "switch", "role": "switch", "aria-label": `${name} ticks` });
    this.#opener = button("history", "History", { "aria-expanded": "false", "aria-label": `History of ${name}` });
    const remove = builtIn ? [] : [button("delete", "Delete", { "aria-label": `Delete ${name}` })];
    this.node = element(
      "li",
      { "class": "schedule", "data-name": name },
      element(
        "div",
        { class: "schedule-what" },
        element("p", {}, element("strong", {}, name), ...(builtIn ? [element("span", {}, " · built in")] : [])),
        this.#facts,
      ),
      element(
        "dl",
        { class: "schedule-times" },
        element("div", {}, element("dt", {}, "Next"), this.#next),
        element("div", {}, element("dt", {}, "Last"), this.#last),
      ),
      element(
        "div",
        { class: "schedule-acts" },
        button("run", "Run now", { "aria-label": `Run now: ${name}` }),
        this.#opener,
        ...remove,
        this.#switch,
      ),
    );
    this.show(schedule);
  }

  get schedule() {
    return this.#schedule;
  }

  /**
   * @param {Schedule} schedule
   * @returns {void}
   */
  show(schedule) {
    const { cron, timeZone, everyMs, target, enabled, nextAt, last } = schedule;
    const had = this.#schedule.last?.instant;
    this.#schedule = schedule;
    const when = everyMs === null ? [element("code", {}, cron ?? ""), ` ${timeZone}`] : [intervalText(everyMs)];
    this.#facts.replaceChildren(...when, ` · ${targetText(target)}`);
    this.#switch.setAttribute("aria-checked", String(enabled));
    setText(this.#switch, enabled ? "Ticks" : "Paused");
    this.#next.replaceChildren(
      nextAt === null ? "none" : element("time", { datetime: nextAt, title: dayAndTime(nextAt) }),
    );
    this.#last.replaceChildren(
      ...(last === null ? ["never"] : [
        tickChip(last),
        " ",
        element("time", { datetime: last.instant, title: dayAndTime(last.instant) }),
      ]),
    );
    this.tick(Date.now());
    if (had !== last?.instant) this.#history?.refresh();
  }

  /**
   * Brings what depends on the time up to date.
   * @param {number} now
   * @returns {void}
   */
  tick(now) {
    const { nextAt, last } = this.#schedule;
    const [next, since] = [this.#next, this.#last].map((node) => node.querySelector("time"));
    if (next && nextAt !== null) setText(next, Date.parse(nextAt) <= now ? "due" : age(nextAt, now));
    if (since && last !== null) setText(since, ago(last.instant, now));
  }

  /** Opens its history, or closes it. */
  toggleHistory() {
    if (this.#history === null) {
      this.#history = new ScheduleHistory({
        name: this.#schedule.name,
        sendsJobs: this.#schedule.target.type !== undefined,
      });
      this.node.append(this.#history.node);
      this.#history.refresh();
    } else {
      this.#history.node.remove();
      this.#history = null;
    }
    this.#opener.setAttribute("aria-expanded", String(this.#history !== null));
  }
}

/**
 * @param {"run" | "history" | "delete" | "switch"} act
 * @param {string} label
 * @param {Record<string, string>} attributes
 */
function button(act, label, attributes) {
  return element("button", { "type": "button", "class": "small", "data-act": act, ...attributes }, label);
}
