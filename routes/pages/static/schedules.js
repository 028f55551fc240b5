/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { confirmed } from "./confirm.js";
import { announce, find, setText } from "./elements.js";
import { createRefresher } from "./refresher.js";
import { deleteSchedule, listSchedules, runSchedule, switchSchedule } from "./schedule_api.js";
import { createScheduleForm } from "./schedule_form.js";
import { ScheduleRow } from "./schedule_row.js";

/** @typedef {import("./schedule_api.js").Schedule} Schedule */

const PAGE_SIZE = 50;
const TICK_MS = 1_000;
/** No event tells that a schedule has ticked or was changed by somebody else. */
const AGAIN_MS = 5_000;

/**
 * The view "Schedules": what there is, what became of it, and a form for another one.
 * @param {object} acts
 * @param {() => readonly import("./control_api.js").Kind[]} acts.kinds
 * @param {(id: string) => void} acts.openJob
 */
export function createSchedules({ kinds, openJob }) {
  const heading = find("schedules-heading", HTMLElement);
  const rows = find("schedules", HTMLUListElement);
  const empty = find("schedules-empty", HTMLElement);
  const more = find("schedules-more", HTMLButtonElement);
  const problem = find("schedules-problem", HTMLElement);
  /** @type {Map<string, ScheduleRow>} */
  const byName = new Map();
  /** Names that something is being done to: a second click means the same. @type {Set<string>} */
  const busy = new Set();
  let pages = 1;
  let isShown = false;

  /** @param {readonly Schedule[]} all */
  const render = (all) => {
    const wanted = new Set(all.map(({ name }) => name));
    for (const [name, { node }] of byName) {
      if (wanted.has(name)) continue;
      if (node.contains(document.activeElement)) focusBeside(node);
      node.remove();
      byName.delete(name);
    }
    let next = rows.firstElementChild;
    for (const schedule of all) {
      const known = byName.get(schedule.name);
      const row = known ?? new ScheduleRow(schedule);
      if (known === undefined) byName.set(schedule.name, row);
      else row.show(schedule);
      if (row.node === next) next = next.nextElementSibling;
      else rows.insertBefore(row.node, next);
    }
    empty.hidden = all.length > 0;
  };

  /** @param {Element} node */
  const focusBeside = (node) => {
    const beside = node.nextElementSibling ?? node.previousElementSibling;
    const button = beside?.querySelector("button");
    (button ?? heading).focus();
  };

  const read = async () => {
    /** @type {Schedule[]} */
    const all = [];
    /** @type {string | null | undefined} */
    let cursor;
    for (let page = 0; page < pages && cursor !== null; page++) {
      const answer = await listSchedules({ limit: PAGE_SIZE, cursor });
      all.push(...answer.items);
      cursor = answer.nextCursor;
    }
    more.hidden = cursor === null;
    render(all);
  };

  /** @param {unknown} thrown */
  const complain = (thrown) => {
    setText(problem, thrown instanceof Error ? thrown.message : String(thrown));
    problem.hidden = false;
  };
  const refresh = createRefresher(read, {
    onFailed: complain,
    onMended: () => void (problem.hidden = true),
  });

  /** @type {Readonly<Record<string, (row: ScheduleRow) => Promise<string | null>>>} what was done, in words; null: nothing */
  const acts = {
    async run({ schedule: { name } }) {
      const { status, error } = await runSchedule(name);
      if (status === "refused") throw new Error(`${name} was refused: ${error}`);
      return `${name} was sent`;
    },
    async switch(row) {
      const { name, enabled } = row.schedule;
      row.show(await switchSchedule(name, enabled ? "pause" : "resume"));
      return `${name} ${enabled ? "is paused" : "ticks again"}`;
    },
    async delete({ schedule: { name } }) {
      const text = "It sends no more, and its history goes with it. What it has sent runs on.";
      if (!await confirmed({ title: `Delete ${name}?`, text, verb: "Delete" })) return null;
      await deleteSchedule(name);
      return `${name} was deleted`;
    },
  };

  /**
   * @param {string} act
   * @param {ScheduleRow} row
   */
  const carryOut = async (act, row) => {
    const { name } = row.schedule;
    if (busy.has(name)) return;
    problem.hidden = true;
    busy.add(name);
    try {
      const done = await acts[act]?.(row) ?? null;
      if (done !== null) announce(done);
    } catch (thrown) {
      complain(thrown);
    } finally {
      busy.delete(name);
      refresh();
    }
  };

  rows.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const { act, job } = button?.dataset ?? {};
    const node = button?.closest(".schedule");
    const row = node instanceof HTMLElement ? byName.get(node.dataset["name"] ?? "") : undefined;
    if (job !== undefined) openJob(job);
    else if (act === "history") row?.toggleHistory();
    else if (act !== undefined && row !== undefined) carryOut(act, row);
  });
  more.addEventListener("click", () => {
    pages++;
    refresh();
  });

  const form = createScheduleForm({
    kinds,
    onCreated({ name }) {
      announce(`${name} is on disk`);
      refresh();
    },
  });

  let beats = 0;
  setInterval(() => {
    if (!isShown || document.visibilityState === "hidden") return;
    const now = Date.now();
    for (const row of byName.values()) row.tick(now);
    const isDue = [...byName.values()].some(({ schedule: { nextAt } }) => nextAt !== null && Date.parse(nextAt) < now);
    if (isDue || ++beats % (AGAIN_MS / TICK_MS) === 0) refresh();
  }, TICK_MS);

  return {
    /** @param {boolean} shown */
    show(shown) {
      isShown = shown;
      if (!shown) return;
      refresh();
      form.shown();
    },
    kindsChanged: () => form.kindsChanged(),
    reload() {
      if (isShown) refresh();
    },
    /**
     * @param {string} id
     * @returns {boolean} whether the job was opened from here
     */
    focus(id) {
      const opener = rows.querySelector(`[data-job="${CSS.escape(id)}"]`);
      if (opener instanceof HTMLElement) opener.focus();
      return opener !== null && opener === document.activeElement;
    },
  };
}
