/// <reference lib="dom" />
// @ts-check
import { element, setText } from "./elements.js";
import { isFinished, shortId } from "./job.js";
import { ProgressView } from "./progress_view.js";
import { StatusChip } from "./status_chip.js";
import { age, dayAndTime } from "./times.js";

/**
 * @typedef {import("./job.js").Job} Job
 */

/** A job in the table. Its nodes live as long as it does, so that neither focus nor selection is lost to an update. */
export class JobRow {
  node;
  /** Opens the job; the one thing in the row that takes the focus at first. */
  opener;
  #chip = new StatusChip();
  #progress = new ProgressView();
  #type = element("strong");
  #age = element("time");
  #attempts = cell("attempts");
  #cancel;
  #retry;
  /** @type {Job | null} */
  #shown = null;

  /** @param {string} id */
  constructor(id) {
    this.opener = element("button", { type: "button", class: "opener", title: id, tabindex: -1 });
    this.opener.append(this.#type, " ", element("code", {}, shortId(id)));
    this.#cancel = actButton("cancel", "Cancel", id);
    this.#retry = actButton("retry", "Retry", id);
    this.node = element(
      "tr",
      { "role": "row", "data-id": id },
      cell("status", this.#chip.node),
      cell("name", this.opener),
      cell("age", this.#age),
      this.#attempts,
      cell("progress-cell", this.#progress.node),
      cell("acts", this.#cancel, this.#retry),
    );
  }

  /**
   * @param {Job} job
   * @param {number} now
   * @returns {void}
   */
  show(job, now) {
    if (job === this.#shown) return;
    this.#shown = job;
    const { type, createdAt, attempts } = job;
    this.#chip.show(job.status);
    setText(this.#type, type);
    this.#age.dateTime = createdAt;
    this.#age.title = dayAndTime(createdAt);
    setText(this.#attempts, `${attempts}`);
    const hadFocus = document.activeElement === this.#cancel || document.activeElement === this.#retry;
    this.#cancel.hidden = isFinished(job);
    this.#retry.hidden = !isFinished(job);
    if (hadFocus && document.activeElement instanceof HTMLElement && document.activeElement.hidden) this.opener.focus();
    this.tick(now);
  }

  /**
   * Brings what depends on the time up to date.
   * @param {number} now
   * @returns {void}
   */
  tick(now) {
    if (this.#shown === null) return;
    setText(this.#age, age(this.#shown.createdAt, now));
    this.#progress.show(this.#shown, now);
  }

  /**
   * Whether Tab stops here: of all rows one takes part, the arrow keys lead to the others.
   * @param {boolean} takes
   * @returns {void}
   */
  takeTab(takes) {
    for (const button of [this.opener, this.#cancel, this.#retry]) button.tabIndex = takes ? 0 : -1;
  }
}

/**
 * @param {string} name
 * @param {readonly Node[]} children
 */
function cell(name, ...children) {
  return element("td", { role: "cell", class: name }, ...children);
}

/**
 * @param {"cancel" | "retry"} verb
 * @param {string} label
 * @param {string} id
 */
function actButton(verb, label, id) {
  const spoken = `${label} job ${shortId(id)}`;
  return element(
    "button",
    { type: "button", class: "small", "data-act": verb, "aria-label": spoken, tabindex: -1 },
    label,
  );
}
