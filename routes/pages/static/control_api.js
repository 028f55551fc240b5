/// <reference lib="dom" />
// @ts-check
import { call } from "./api.js";

/**
 * A message or a job that was given up.
 * @typedef {object} DeadLetter
 * @property {string} id
 * @property {"message" | "job"} source
 * @property {string} kind
 * @property {string} key
 * @property {string} name
 * @property {unknown} payload
 * @property {number} attempts
 * @property {number} crashes
 * @property {{ code: string, message: string }} error
 * @property {string | null} stack
 * @property {string} verdict
 * @property {string} enqueuedAt
 * @property {string} diedAt
 * @property {string} by
 *
 * @typedef {{ kind: string, key: string, parked: { at: string, reason: string, because: string | null } }} ParkedActor
 *
 * @typedef {object} Kind
 * @property {string} name
 * @property {boolean} isJob
 * @property {boolean} isInternal
 * @property {{ by: string, at: string } | null} paused
 * @property {readonly { name: string, title: string }[]} formats
 */

/**
 * A page of dead letters, newest first.
 * @param {{ limit: number, cursor?: string | undefined }} query
 * @returns {Promise<{ items: DeadLetter[], nextCursor: string | null }>}
 */
export function listDeadLetters(query) {
  return call("/api/dead-letters", { query });
}

/**
 * @param {string} id
 * @returns {Promise<void>}
 */
export function retryDeadLetter(id) {
  return call(`/api/dead-letters/${id}/retry`, { method: "POST" });
}

/**
 * @param {string} id
 * @returns {Promise<void>}
 */
export function deleteDeadLetter(id) {
  return call(`/api/dead-letters/${id}`, { method: "DELETE" });
}

/**
 * The first parked actors; there are rarely many.
 * @returns {Promise<{ items: ParkedActor[], nextCursor: string | null }>}
 */
export function listParked() {
  return call("/api/actors", { query: { status: "parked", limit: 100 } });
}

/**
 * @param {{ kind: string, key: string }} actor
 * @returns {Promise<void>}
 */
export function resumeActor({ kind, key }) {
  return call(`/api/actors/${kind}/${encodeURIComponent(key)}/resume`, { method: "POST" });
}

/** @returns {Promise<{ items: Kind[] }>} */
export function listKinds() {
  return call("/api/kinds");
}

/**
 * @param {string} kind
 * @param {"pause" | "resume"} verb
 * @returns {Promise<Kind>}
 */
export function actOnKind(kind, verb) {
  return call(`/api/kinds/${kind}/${verb}`, { method: "POST" });
}
