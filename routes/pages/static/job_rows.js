/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { JobRow } from "./job_row.js";

/**
 * @typedef {import("./job.js").Job} Job
 * @typedef {{ open: (id: string) => void, act: (id: string, verb: "cancel" | "retry") => void }} RowActs
 */

/** The body of the table: keeps a row for each job in the order of the list, and is one stop for Tab. */
export class JobRows {
  #body;
  /** @type {Map<string, JobRow>} */
  #rows = new Map();
  /** The row that Tab leads to. @type {string | null} */
  #current = null;
  /** @type {string | null} */
  #selected = null;

  /**
   * @param {HTMLElement} body
   * @param {RowActs} acts
   */
  constructor(body, acts) {
    this.#body = body;
    body.addEventListener("click", ({ target }) => {
      const id = idAt(target);
      if (id === null || !(target instanceof Element)) return;
      const verb = target.closest("button")?.dataset["act"];
      if (verb === "cancel" || verb === "retry") acts.act(id, verb);
      else if (String(getSelection()) === "") acts.open(id);
    });
    body.addEventListener("focusin", ({ target }) => this.#setCurrent(idAt(target)));
    body.addEventListener("keydown", (event) => this.#move(event));
  }

  /**
   * @param {readonly Job[]} jobs
   * @param {number} now
   * @returns {void}
   */
  show(jobs, now) {
    const wanted = new Set(jobs.map(({ id }) => id));
    const focused = document.activeElement === null ? null : idAt(document.activeElement);
    const place = focused === null ? -1 : [...this.#rows.keys()].indexOf(focused);
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.node.remove();
      this.#rows.delete(id);
    }
    /** @type {Map<string, JobRow>} */
    const ordered = new Map();
    let next = this.#body.firstElementChild;
    for (const job of jobs) {
      const row = this.#rows.get(job.id) ?? new JobRow(job.id);
      ordered.set(job.id, row);
      row.show(job, now);
      if (row.node === next) next = next.nextElementSibling;
      else this.#body.insertBefore(row.node, next);
    }
    this.#rows = ordered;
    this.select(this.#selected);
    if (this.#current === null || !ordered.has(this.#current)) this.#setCurrent(jobs[0]?.id ?? null);
    if (focused !== null && !ordered.has(focused)) this.#focus(Math.min(place, jobs.length - 1));
  }

  /**
   * @param {number} now
   * @returns {void}
   */
  tick(now) {
    for (const row of this.#rows.values()) row.tick(now);
  }

  /**
   * @param {string | null} id
   * @returns {void}
   */
  select(id) {
    this.#selected = id;
    for (const [rowId, row] of this.#rows) {
      row.node.classList.toggle("selected", rowId === id);
      row.opener.setAttribute("aria-expanded", String(rowId === id));
    }
  }

  /**
   * @param {string} id
   * @returns {boolean} whether there is such a row in sight
   */
  focus(id) {
    const row = this.#rows.get(id);
    row?.opener.focus();
    return row !== undefined && row.opener === document.activeElement;
  }

  /** @param {string | null} id */
  #setCurrent(id) {
    if (id === this.#current && id !== null && this.#rows.get(id)?.opener.tabIndex === 0) return;
    this.#rows.get(this.#current ?? "")?.takeTab(false);
    this.#current = id;
    this.#rows.get(id ?? "")?.takeTab(true);
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const places = [...this.#rows.keys()];
    const place = places.indexOf(idAt(event.target) ?? "");
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: places.length - 1 }[event.key];
    if (place === -1 || to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#focus(Math.max(0, Math.min(to, places.length - 1)));
  }

  /** @param {number} place */
  #focus(place) {
    [...this.#rows.values()][place]?.opener.focus();
  }
}

/**
 * @param {EventTarget | null} target
 * @returns {string | null}
 */
function idAt(target) {
  const row = target instanceof Element ? target.closest("#jobs-rows tr") : null;
  return row instanceof HTMLElement ? row.dataset["id"] ?? null : null;
}
