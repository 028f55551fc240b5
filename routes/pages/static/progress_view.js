/// <reference lib="dom" />
// @ts-check
import { element, setText } from "./elements.js";
import { age } from "./times.js";

/**
 * @typedef {import("./job.js").Job} Job
 */

/** How far a job is: a bar while that is known, and a line that says the rest. */
export class ProgressView {
  node = element("div", { class: "progress" });
  #bar = element("progress", { "max": 1, "aria-label": "Progress" });
  #line = element("span", { class: "progress-line" });

  constructor() {
    this.node.append(this.#bar, this.#line);
  }

  /**
   * @param {Job} job
   * @param {number} now
   * @returns {void}
   */
  show(job, now) {
    const { status, progress } = job;
    this.#bar.hidden = status !== "running" && !(status === "queued" && progress !== null);
    if (progress !== null && progress.total !== undefined && progress.total > 0) {
      this.#bar.value = Math.min(1, progress.done / progress.total);
    } else this.#bar.removeAttribute("value");
    const line = lineOf(job, now);
    setText(this.#line, line);
    this.#line.title = line;
    this.node.dataset["status"] = status;
  }
}

/**
 * @param {Job} job
 * @param {number} now
 * @returns {string}
 */
function lineOf({ type, status, paused, attempts, progress, runAt, error, lastError }, now) {
  const isDue = Date.parse(runAt) <= now + 1_000;
  switch (status) {
    case "queued":
      if (paused) return `Waits: ${type} is paused`;
      if (lastError !== null) return `${isDue ? "Retries now" : `Retries ${age(runAt, now)}`}: ${lastError.message}`;
      if (!isDue) return `Starts ${age(runAt, now)}`;
      return attempts > 0 ? "Runs again soon" : "Waiting for its turn";
    case "running":
      return progress === null ? "Working…" : noteOf(progress);
    case "succeeded":
      return progress?.note ?? "Done";
    case "failed":
      return error?.message ?? "Gave up";
    case "cancelled":
      return "Stopped on request";
  }
}

/**
 * @param {import("./job.js").Progress} progress
 * @returns {string}
 */
function noteOf({ done, total, note }) {
  if (note !== undefined) return note;
  return total === undefined ? `${done} done` : `${done} of ${total}`;
}
