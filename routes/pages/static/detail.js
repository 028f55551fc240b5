/// <reference lib="dom" />
// @ts-check
import { readJob, readLogs } from "./api.js";
import { createCover } from "./cover.js";
import { DetailView } from "./detail_view.js";
import { announce, find, oncePerFrame, setText } from "./elements.js";
import { afterEvent, isFinished, jobIdOf, shortId } from "./job.js";

/**
 * @typedef {import("./job.js").Job} Job
 * @typedef {import("./job.js").StreamEvent} StreamEvent
 *
 * @typedef {object} DetailActs
 * @property {(id: string) => Job | undefined} known what can be shown before it is read
 * @property {(id: string, verb: "cancel" | "retry") => Promise<void>} act
 * @property {(type: string) => readonly { name: string, title: string }[]} formatsOf what the result can be read as
 * @property {(id: string | null) => void} onSelect
 * @property {(id: string) => void} onClosed to give the focus back
 */

/**
 * The pane of one job: closed ⇄ open on a job. While it is open, the job's events are applied at once and followed by
 * one reading of what they do not tell (log lines, result), however many they are.
 * @param {DetailActs} acts
 */
export function createDetail({ known, act, formatsOf, onSelect, onClosed }) {
  const pane = find("detail", HTMLElement);
  const cover = createCover(pane);
  /** @type {{ id: string, view: DetailView, job: Job | null, reading: boolean, stale: boolean } | null} */
  let open = null;

  const render = oncePerFrame(() => {
    if (open?.job) open.view.showJob(open.job);
  });

  /** @param {string} id */
  const openJob = (id) => {
    if (open?.id === id) return open.view.heading.focus();
    const view = new DetailView(id, formatsOf);
    open = { id, view, job: known(id) ?? null, reading: false, stale: false };
    if (open.job !== null) view.showJob(open.job);
    view.close.onclick = closeJob;
    view.cancel.onclick = () => carryOut("cancel");
    view.retry.onclick = () => carryOut("retry");
    pane.replaceChildren(...view.nodes);
    pane.hidden = false;
    cover.show();
    pane.scrollTop = 0;
    view.heading.focus({ preventScroll: true });
    onSelect(id);
    read();
  };

  const closeJob = () => {
    if (open === null) return;
    const { id } = open;
    open = null;
    pane.hidden = true;
    cover.hide();
    pane.replaceChildren();
    onSelect(null);
    onClosed(id);
  };

  /** @param {unknown} thrown */
  const complain = (thrown) => {
    if (open === null) return;
    setText(open.view.problem, thrown instanceof Error ? thrown.message : String(thrown));
    open.view.problem.hidden = false;
  };

  /** Reads the job and its attempts; what happens meanwhile makes it read once more. */
  const read = async () => {
    const target = open;
    if (target === null) return;
    if (target.reading) {
      target.stale = true;
      return;
    }
    target.reading = true;
    try {
      const [job, { items }] = await Promise.all([readJob(target.id), readLogs(target.id)]);
      if (open !== target) return;
      target.view.problem.hidden = true;
      if (!target.stale) target.job = job;
      target.view.showJob(target.job ?? job);
      target.view.showAttempts(target.job ?? job, items);
    } catch (thrown) {
      if (open === target) complain(thrown);
    }
    target.reading = false;
    if (open === target && target.stale) {
      target.stale = false;
      read();
    }
  };

  /** @param {"cancel" | "retry"} verb */
  const carryOut = async (verb) => {
    const target = open;
    if (target === null) return;
    try {
      await act(target.id, verb);
      if (open === target) target.view.problem.hidden = true;
    } catch (thrown) {
      if (open === target) complain(thrown);
    }
    read();
  };

  /** @param {StreamEvent} event */
  const apply = (event) => {
    if (open === null || jobIdOf(event) !== open.id) return;
    if (open.job !== null) open.job = afterEvent(open.job, event);
    if (open.job !== null && isFinished(open.job)) {
      announce(
        `${open.job.type} ${shortId(open.id)} has ${open.job.status === "cancelled" ? "been " : ""}${open.job.status}`,
      );
    }
    render();
    if (event.type !== "job.progressed") read();
  };

  cover.onClick(closeJob);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]") === null) closeJob();
  });

  return { open: openJob, apply, refresh: read };
}
