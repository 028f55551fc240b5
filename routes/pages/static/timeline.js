/// <reference lib="dom" />
// @ts-check
import { element } from "./elements.js";
import { isFinished, STATUS_NAMES } from "./job.js";
import { dayAndTime, exactly, timeOfDay } from "./times.js";
import { verdictChip } from "./verdict_chip.js";

/**
 * @typedef {import("./job.js").Job} Job
 * @typedef {import("./job.js").Attempt} Attempt
 */

const OUTCOMES = { succeeded: "succeeded", failed: "failed", cancelled: "was cancelled", snoozed: "put itself off" };

/** The life of a job, oldest first. An attempt that has ended never changes, so its node is made once. */
export class Timeline {
  node = element("ol", { class: "timeline" });
  /** @type {Map<string, HTMLLIElement>} */
  #attempts = new Map();

  /**
   * @param {Job} job
   * @param {readonly Attempt[]} attempts
   * @returns {void}
   */
  show(job, attempts) {
    const steps = [step("queued", "Queued", job.createdAt)];
    let run = 1;
    for (const attempt of attempts) {
      if (attempt.run > run) steps.push(step("queued", "Queued again by hand"));
      run = attempt.run;
      steps.push(this.#attempt(attempt));
    }
    this.node.replaceChildren(...steps, ...nowOf(job));
  }

  /** @param {Attempt} attempt */
  #attempt(attempt) {
    const key = `${attempt.run}/${attempt.attempt}`;
    const node = this.#attempts.get(key) ?? attemptStep(attempt);
    this.#attempts.set(key, node);
    return node;
  }
}

/**
 * Where the job stands behind its attempts.
 * @param {Job} job
 */
function nowOf(job) {
  const { status, attempts, startedAt, finishedAt, createdAt, runAt } = job;
  if (isFinished(job)) {
    const note = finishedAt === null
      ? ""
      : `${exactly(Date.parse(finishedAt) - Date.parse(createdAt))} after it was queued`;
    return [step(status, STATUS_NAMES[status], finishedAt, note)];
  }
  if (status === "running") return [step("running", `Attempt ${attempts} is running`, startedAt)];
  const isLater = Date.parse(runAt) > Date.now() + 1_000;
  if (isLater) return [step("waiting", attempts > 0 ? "Next attempt" : "Starts", runAt, dayAndTime(runAt))];
  return [step("waiting", "Waits for its turn")];
}

/** @param {Attempt} attempt */
function attemptStep({ attempt, startedAt, finishedAt, outcome, error, lines }) {
  const tookMs = Date.parse(finishedAt) - Date.parse(startedAt);
  const node = step(outcome, `Attempt ${attempt} ${OUTCOMES[outcome]}`, startedAt, `took ${exactly(tookMs)}`);
  if (error !== null) node.append(failureView(error));
  if (lines.length > 0) {
    node.append(element("ol", { "class": "lines", "aria-label": "Log lines", "tabindex": 0 }, ...lines.map(lineView)));
  }
  return node;
}

/**
 * @param {import("./job.js").Failure} failure
 * @returns {HTMLElement}
 */
export function failureView({ code, message, verdict, stack }) {
  const chips = verdict === undefined || verdict === "threw" ? [] : [verdictChip(verdict), " "];
  const node = element("div", { class: "failure" }, element("p", {}, message), ...chips, element("code", {}, code));
  if (stack !== undefined) {
    node.append(element("details", {}, element("summary", {}, "Stack"), element("pre", { tabindex: 0 }, stack)));
  }
  return node;
}

/** @param {Attempt["lines"][number]} line */
function lineView({ at, level, message, fields = {} }) {
  const more = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
  return element(
    "li",
    { "data-level": level },
    element("time", { datetime: at }, timeOfDay(at)),
    element("span", { class: "level" }, level),
    message,
    element("span", { class: "fields" }, more),
  );
}

/**
 * @param {string} kind
 * @param {string} title
 * @param {string | null} at
 * @param {string} note
 */
function step(kind, title, at = null, note = "") {
  const head = element("div", { class: "step-head" }, element("strong", {}, title));
  if (at !== null) head.append(element("time", { datetime: at, title: dayAndTime(at) }, timeOfDay(at)));
  if (note !== "") head.append(element("span", { class: "note" }, note));
  return element("li", { "data-kind": kind }, head);
}
