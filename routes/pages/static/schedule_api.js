/// <reference lib="dom" />
// @ts-check
import { call } from "./api.js";

/**
 * What became of an instant.
 * @typedef {object} Tick
 * @property {string} instant
 * @property {string} at
 * @property {"sent" | "skipped" | "refused"} status
 * @property {"due" | "caught-up" | "asked"} cause
 * @property {string | null} by
 * @property {string | null} key
 * @property {string | null} error
 *
 * @typedef {object} Target a job's has a type, an actor's the others
 * @property {string} [type]
 * @property {string} [kind]
 * @property {string | null} [key]
 * @property {string} [message]
 * @property {unknown} payload
 *
 * @typedef {{ cron: string | null, timeZone: string | null, everyMs: number | null }} Timing
 *
 * @typedef {object} Schedule
 * @property {string} name
 * @property {string | null} cron
 * @property {string | null} timeZone
 * @property {number | null} everyMs
 * @property {Target} target
 * @property {"all" | "latest" | "skip"} catchUp
 * @property {boolean} enabled
 * @property {boolean} builtIn
 * @property {string | null} nextAt
 * @property {Tick | null} last
 */

const JSON_TYPE = { "Content-Type": "application/json" };

/**
 * A page of schedules, by name.
 * @param {{ limit: number, cursor?: string | undefined }} query
 * @returns {Promise<{ items: Schedule[], nextCursor: string | null }>}
 */
export function listSchedules(query) {
  return call("/api/schedules", { query });
}

/**
 * @param {object} order
 * @returns {Promise<Schedule>}
 */
export function createSchedule(order) {
  return call("/api/schedules", { method: "POST", headers: JSON_TYPE, body: JSON.stringify(order) });
}

/**
 * @param {string} name
 * @param {"pause" | "resume"} verb
 * @returns {Promise<Schedule>}
 */
export function switchSchedule(name, verb) {
  return call(`/api/schedules/${name}/${verb}`, { method: "POST" });
}

/**
 * @param {string} name
 * @returns {Promise<Tick>}
 */
export function runSchedule(name) {
  return call(`/api/schedules/${name}/run`, { method: "POST" });
}

/**
 * @param {string} name
 * @returns {Promise<void>}
 */
export function deleteSchedule(name) {
  return call(`/api/schedules/${name}`, { method: "DELETE" });
}

/**
 * A page of what became of a schedule's instants, newest first.
 * @param {string} name
 * @param {{ limit: number, cursor?: string | undefined }} query
 * @returns {Promise<{ items: Tick[], nextCursor: string | null }>}
 */
export function listTicks(name, query) {
  return call(`/api/schedules/${name}/ticks`, { query });
}

/**
 * When a schedule that is written so would tick next.
 * @param {object} question
 * @returns {Promise<{ instants: string[] }>}
 */
export function previewSchedule(question) {
  return call("/api/schedules/preview", { method: "POST", headers: JSON_TYPE, body: JSON.stringify(question) });
}
