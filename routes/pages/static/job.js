// @ts-check

/**
 * @typedef {"queued" | "running" | "succeeded" | "failed" | "cancelled"} Status
 * @typedef {{ readonly code: string, readonly message: string, readonly verdict?: string, readonly stack?: string }} Failure
 * @typedef {{ readonly done: number, readonly total?: number, readonly note?: string }} Progress
 */

/**
 * A job as the API tells it. What is known from events alone lacks `maxAttempts` until the job is read.
 * @typedef {object} Job
 * @property {string} id
 * @property {string} type
 * @property {Status} status
 * @property {boolean} paused it waits until its type is resumed
 * @property {number} attempts
 * @property {number | null} maxAttempts
 * @property {number} priority
 * @property {string} createdAt
 * @property {string} runAt
 * @property {string | null} startedAt
 * @property {string | null} finishedAt
 * @property {Progress | null} progress
 * @property {unknown} result undefined when only an event told that there is one
 * @property {Failure | null} error
 * @property {Failure | null} lastError
 */

/**
 * One execution of a job that has ended.
 * @typedef {object} Attempt
 * @property {number} run
 * @property {number} attempt
 * @property {string} startedAt
 * @property {string} finishedAt
 * @property {"succeeded" | "failed" | "cancelled" | "snoozed"} outcome
 * @property {Failure | null} error
 * @property {readonly { at: string, level: string, message: string, fields?: Record<string, unknown> }[]} lines
 */

/**
 * What the stream tells; `data` is a job's own for `job.*`.
 * @typedef {{ number: string, type: string, subject: string, at: string, data: any }} StreamEvent
 */

/** @type {Readonly<Record<Status, string>>} */
export const STATUS_NAMES = {
  queued: "Queued",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
};

/**
 * @param {Job} job
 * @returns {boolean}
 */
export function isFinished({ status }) {
  return status !== "queued" && status !== "running";
}

/**
 * Enough of an id to tell jobs of one screen apart; its beginning is the time, the same for neighbours.
 * @param {string} id
 * @returns {string}
 */
export function shortId(id) {
  return id.slice(-6);
}

/**
 * The job that an event speaks of, or null.
 * @param {StreamEvent} event
 * @returns {string | null}
 */
export function jobIdOf({ type, subject }) {
  return type.startsWith("job.") && subject.startsWith("job/") ? subject.slice("job/".length) : null;
}

/**
 * The job after an event, from what was known before it, if anything.
 * @param {Job | undefined} known
 * @param {StreamEvent} event
 * @returns {Job}
 */
export function afterEvent(known, { type, at, data }) {
  const job = known ?? unknownJob(data, at);
  switch (type) {
    case "job.queued":
      return {
        ...job,
        status: "queued",
        paused: data.paused,
        attempts: 0,
        priority: data.priority,
        runAt: data.runAt,
        startedAt: null,
        finishedAt: null,
        progress: null,
        result: null,
        error: null,
        lastError: null,
      };
    case "job.started":
      return { ...job, status: "running", paused: false, attempts: data.attempt, startedAt: data.startedAt };
    case "job.progressed":
      return { ...job, progress: data.progress };
    case "job.retrying":
      return {
        ...job,
        status: "queued",
        paused: data.paused,
        attempts: data.lastError === null ? job.attempts : data.attempt,
        runAt: data.runAt,
        lastError: data.lastError ?? job.lastError,
      };
    case "job.succeeded":
    case "job.failed":
    case "job.cancelled":
      return {
        ...job,
        status: data.status,
        paused: false,
        attempts: data.attempts,
        finishedAt: at,
        result: undefined,
        error: data.error ?? null,
      };
    default:
      return job;
  }
}

/**
 * @param {{ id: string, type: string, status: Status }} data
 * @param {string} at
 * @returns {Job}
 */
function unknownJob({ id, type, status }, at) {
  return {
    id,
    type,
    status,
    paused: false,
    attempts: 0,
    maxAttempts: null,
    priority: 0,
    createdAt: createdAtOf(id) ?? at,
    runAt: at,
    startedAt: null,
    finishedAt: null,
    progress: null,
    result: null,
    error: null,
    lastError: null,
  };
}

const BASE_32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A ULID begins with the ms since the epoch, so it tells when the job came even if the event at hand is a later one.
 * @param {string} id
 * @returns {string | null}
 */
function createdAtOf(id) {
  const ms = [...id.slice(0, 10)].reduce((sum, digit) => sum * 32 + BASE_32.indexOf(digit), 0);
  const date = new Date(ms);
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id) && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
}
