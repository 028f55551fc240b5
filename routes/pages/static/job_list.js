// @ts-check
import { listJobs } from "./api.js";
import { afterEvent, jobIdOf } from "./job.js";

/**
 * @typedef {import("./job.js").Job} Job
 * @typedef {import("./job.js").Status} Status
 * @typedef {import("./job.js").StreamEvent} StreamEvent
 */

const PAGE_SIZE = 50;
/** More than this stays only when the reader asked for it. */
const KEPT = 200;

/**
 * The jobs that the table shows: what pages of the API told, kept up to date by the stream, newest first, all of one
 * status if one is asked for. However many events come, it holds no more jobs than are shown.
 *
 * A page may have been read before an event that is applied already, so the answer to a question brings only what
 * events do not tell of a job that changed since it was asked (`changes` counts).
 */
export class JobList {
  /** @type {Map<string, Job>} */
  #jobs = new Map();
  /** When each job changed, in `#changes`. @type {Map<string, number>} */
  #changed = new Map();
  #changes = 0;
  /** @type {readonly Job[] | null} */
  #sorted = null;
  /** @type {string | null} */
  #cursor = null;
  /** Older jobs were let go, so the cursor does not go on where the list ends. */
  #trimmed = false;
  #kept = KEPT;
  #generation = 0;
  /** @type {() => void} */
  #onChange;

  /** @type {Status | null} */
  status = null;
  /** @type {"loading" | "loaded" | "failed"} */
  state = "loading";

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @returns {readonly Job[]} */
  get shown() {
    this.#sorted ??= [...this.#jobs.values()].sort((a, b) => a.id < b.id ? 1 : -1);
    return this.#sorted;
  }

  get hasMore() {
    return this.#cursor !== null || this.#trimmed;
  }

  /** Counts what happened; taken before a question whose answer is then given to {@linkcode take}. */
  get changes() {
    return this.#changes;
  }

  /**
   * @param {string} id
   * @returns {Job | undefined}
   */
  get(id) {
    return this.#jobs.get(id);
  }

  /**
   * Reads the first page; what was shown stays until it is there.
   * @param {Status | null} status
   * @returns {Promise<void>}
   * @throws {import("./api.js").Problem}
   */
  async load(status) {
    if (status !== this.status) this.#forgetAll();
    this.status = status;
    await this.#read(async () => {
      const before = this.#changes;
      const page = await listJobs({ status: status ?? undefined, limit: PAGE_SIZE });
      return () => {
        const changedSince = this.shown.filter(({ id }) => (this.#changed.get(id) ?? 0) > before);
        this.#forgetAll();
        for (const job of changedSince) this.#put(job);
        for (const job of page.items) this.#takeSince(job, before);
        this.#cursor = page.nextCursor;
      };
    });
  }

  /**
   * Reads the next page.
   * @returns {Promise<void>}
   * @throws {import("./api.js").Problem}
   */
  async loadMore() {
    const status = this.status ?? undefined;
    await this.#read(async () => {
      const before = this.#changes;
      /** @type {Awaited<ReturnType<typeof listJobs>>[]} */
      const pages = [];
      if (this.#trimmed) pages.push(await listJobs({ status, limit: KEPT }));
      const cursor = pages[0] ? pages[0].nextCursor : this.#cursor;
      if (cursor !== null) pages.push(await listJobs({ status, limit: PAGE_SIZE, cursor }));
      return () => {
        for (const { items, nextCursor } of pages) {
          for (const job of items) this.#takeSince(job, before);
          this.#cursor = nextCursor;
        }
        this.#trimmed = false;
        this.#kept = Math.max(KEPT, this.#jobs.size);
      };
    });
  }

  /**
   * @param {StreamEvent} event
   * @returns {void}
   */
  apply(event) {
    const id = jobIdOf(event);
    if (id === null) return;
    const known = this.#jobs.get(id);
    if (event.type === "job.discarded") {
      this.#forget(id);
      this.#sorted = null;
      return this.#onChange();
    }
    if (known === undefined && this.#belongsToALaterPage(id)) return;
    this.#changes++;
    this.#put(afterEvent(known, event));
    this.#trim();
    this.#onChange();
  }

  /**
   * A job as an answer told it, that was asked for when `changes` was `before`.
   * @param {Job} job
   * @param {number} before
   * @returns {void}
   */
  take(job, before) {
    if (this.#jobs.has(job.id) || !this.#belongsToALaterPage(job.id)) this.#takeSince(job, before);
    this.#trim();
    this.#onChange();
  }

  /**
   * @param {Job} job
   * @param {number} before
   */
  #takeSince(job, before) {
    const known = this.#jobs.get(job.id);
    const isNewer = known !== undefined && (this.#changed.get(job.id) ?? 0) > before;
    const { createdAt, maxAttempts } = job;
    if (isNewer) this.#jobs.set(job.id, { ...known, createdAt, maxAttempts });
    else if (this.#fits(job)) this.#jobs.set(job.id, job);
    else this.#forget(job.id);
    this.#sorted = null;
  }

  /** @param {Job} job */
  #put(job) {
    this.#sorted = null;
    if (!this.#fits(job)) return this.#forget(job.id);
    this.#jobs.set(job.id, job);
    this.#changed.set(job.id, this.#changes);
  }

  /** @param {Job} job */
  #fits(job) {
    return this.status === null || job.status === this.status;
  }

  /** @param {string} id */
  #belongsToALaterPage(id) {
    const last = this.shown.at(-1);
    return this.hasMore && last !== undefined && id < last.id;
  }

  #trim() {
    if (this.#jobs.size <= this.#kept) return;
    for (const { id } of this.shown.slice(this.#kept)) this.#forget(id);
    this.#sorted = null;
    this.#trimmed = true;
  }

  /** @param {string} id */
  #forget(id) {
    this.#jobs.delete(id);
    this.#changed.delete(id);
  }

  #forgetAll() {
    this.#jobs.clear();
    this.#changed.clear();
    this.#sorted = null;
    this.#cursor = null;
    this.#trimmed = false;
    this.#kept = KEPT;
  }

  /**
   * Only the answer to the last question counts.
   * @param {() => Promise<() => void>} ask
   */
  async #read(ask) {
    const generation = ++this.#generation;
    this.state = "loading";
    this.#onChange();
    try {
      const adopt = await ask();
      if (generation !== this.#generation) return;
      adopt();
      this.state = "loaded";
      this.#onChange();
    } catch (thrown) {
      if (generation !== this.#generation) return;
      this.state = "failed";
      this.#onChange();
      throw thrown;
    }
  }
}
