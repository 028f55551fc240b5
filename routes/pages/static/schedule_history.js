/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { element, setText } from "./elements.js";
import { shortId } from "./job.js";
import { listTicks } from "./schedule_api.js";
import { CAUSE_NAMES } from "./schedule_words.js";
import { tickChip } from "./tick_chip.js";
import { dayAndTime } from "./times.js";

/** @typedef {import("./schedule_api.js").Tick} Tick */

const PAGE_SIZE = 10;

/** What became of the instants of one schedule, newest first: read when it is opened, and again when there was another. */
export class ScheduleHistory {
  node;
  #rows;
  #more = element("button", { type: "button", class: "small", hidden: true }, "Load more");
  #note = element("p", { class: "hint" }, "Reading…");
  #schedule;
  /** @type {string | null} */
  #cursor = null;

  /** @param {{ name: string, sendsJobs: boolean }} schedule */
  constructor(schedule) {
    this.#schedule = schedule;
    this.#rows = element("ol", { "class": "ticks", "aria-label": `History of ${schedule.name}, newest first` });
    this.node = element("div", { class: "schedule-history" }, this.#note, this.#rows, this.#more);
    this.#more.addEventListener("click", () => this.#read(this.#cursor));
  }

  /** @returns {Promise<void>} */
  async refresh() {
    await this.#read(null);
  }

  /** @param {string | null} cursor */
  async #read(cursor) {
    try {
      const { name } = this.#schedule;
      const { items, nextCursor } = await listTicks(name, { limit: PAGE_SIZE, cursor: cursor ?? undefined });
      const rows = items.map((tick) => this.#rowOf(tick));
      if (cursor === null) this.#rows.replaceChildren(...rows);
      else this.#rows.append(...rows);
      this.#cursor = nextCursor;
      this.#more.hidden = nextCursor === null;
      setText(this.#note, "It has not ticked yet.");
      this.#note.hidden = this.#rows.childElementCount > 0;
    } catch (thrown) {
      setText(this.#note, thrown instanceof Error ? thrown.message : String(thrown));
      this.#note.hidden = false;
    }
  }

  /** @param {Tick} tick */
  #rowOf(tick) {
    const { instant, cause, by, key, error } = tick;
    const facts = [CAUSE_NAMES[cause], ...(by === null ? [] : [`by ${by}`])].join(" ");
    const opener = this.#schedule.sendsJobs && key !== null ? [jobOpener(key)] : [];
    const why = error === null ? [] : [element("span", { class: "tick-error" }, error)];
    return element(
      "li",
      {},
      tickChip(tick),
      element("time", { datetime: instant }, dayAndTime(instant)),
      element("span", { class: "tick-cause" }, facts),
      ...opener,
      ...why,
    );
  }
}

/** @param {string} id */
function jobOpener(id) {
  return element(
    "button",
    { "type": "button", "class": "link", "data-job": id, "title": id, "aria-label": `Open the job ${shortId(id)}` },
    `job ${shortId(id)}`,
  );
}
