/// <reference lib="dom" />
// @ts-check
import { element, setText } from "./elements.js";
import { isFinished } from "./job.js";
import { ProgressView } from "./progress_view.js";
import { resultView } from "./result_view.js";
import { StatusChip } from "./status_chip.js";
import { failureView, Timeline } from "./timeline.js";
import { dayAndTime } from "./times.js";

/**
 * @typedef {import("./job.js").Job} Job
 * @typedef {import("./job.js").Attempt} Attempt
 */

/** One job in full; made anew for each job that is opened and kept while it is. */
export class DetailView {
  heading = element("h2", { id: "detail-heading", tabindex: -1 });
  close = element("button", { "type": "button", "class": "close", "aria-label": "Close the job" }, "×");
  cancel = element("button", { type: "button", hidden: true }, "Cancel");
  retry = element("button", { type: "button", hidden: true }, "Retry");
  problem = element("p", { class: "problem", role: "alert", hidden: true });
  #chip = new StatusChip();
  #progress = new ProgressView();
  #facts = element("dl", { class: "facts" });
  #ending = element("div", { class: "ending" });
  #timeline = new Timeline();
  #story = element("section", { "aria-label": "Timeline", "hidden": true });
  /** What {@linkcode #ending} shows, so that it is built once. */
  #ended = "";

  #formatsOf;

  /**
   * @param {string} id
   * @param {(type: string) => readonly { name: string, title: string }[]} formatsOf
   */
  constructor(id, formatsOf) {
    this.#formatsOf = formatsOf;
    this.#chip.node.hidden = true;
    this.#progress.node.hidden = true;
    setText(this.heading, "Job");
    this.#facts.append(fact("Id", element("code", { class: "whole-id" }, id)));
    this.#story.append(element("div", { class: "part-head" }, element("h3", {}, "Timeline")), this.#timeline.node);
  }

  /** @returns {readonly Node[]} */
  get nodes() {
    return [
      element("div", { class: "card-head" }, this.heading, this.#chip.node, this.cancel, this.retry, this.close),
      element(
        "div",
        { class: "detail-body" },
        this.problem,
        this.#progress.node,
        this.#ending,
        this.#story,
        this.#facts,
      ),
    ];
  }

  /**
   * @param {Job} job
   * @returns {void}
   */
  showJob(job) {
    const { id, type, status, priority, attempts, maxAttempts, createdAt } = job;
    setText(this.heading, type);
    this.#chip.show(status);
    this.#chip.node.hidden = false;
    this.#progress.node.hidden = isFinished(job);
    this.#progress.show(job, Date.now());
    this.#showActs(job);
    this.#facts.replaceChildren(
      fact("Id", element("code", { class: "whole-id" }, id)),
      fact("Submitted", dayAndTime(createdAt)),
      fact("Attempts", maxAttempts === null ? `${attempts}` : `${attempts} of at most ${maxAttempts}`),
      fact("Priority", `${priority}`),
    );
    this.#showEnding(job);
  }

  /**
   * @param {Job} job
   * @param {readonly Attempt[]} attempts
   * @returns {void}
   */
  showAttempts(job, attempts) {
    this.#story.hidden = false;
    this.#timeline.show(job, attempts);
  }

  /** @param {Job} job */
  #showActs(job) {
    const hadFocus = document.activeElement === this.cancel || document.activeElement === this.retry;
    this.cancel.hidden = isFinished(job);
    this.retry.hidden = !isFinished(job);
    if (hadFocus && document.activeElement?.closest("[hidden]")) this.heading.focus();
  }

  /** @param {Job} job */
  #showEnding(job) {
    const { type, status, error, result } = job;
    const formats = this.#formatsOf(type);
    const ended = JSON.stringify({ status, error, result, formats });
    if (ended === this.#ended) return;
    this.#ended = ended;
    if (status === "failed" && error !== null) this.#ending.replaceChildren(failureView(error));
    else if (status === "succeeded" && result !== undefined) this.#ending.replaceChildren(resultView(job, formats));
    else this.#ending.replaceChildren();
  }
}

/**
 * @param {string} name
 * @param {Node | string} value
 */
function fact(name, value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}
