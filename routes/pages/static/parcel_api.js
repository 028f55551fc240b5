/// <reference lib="dom" />
// @ts-check
import { call } from "./api.js";

/**
 * A stream of scan events, as `GET /api/streams` tells it.
 * @typedef {object} Stream
 * @property {string} name
 * @property {string | null} baseUrl null: the one that the server is set to
 * @property {"running" | "paused" | "failing" | "parked"} status
 * @property {number} consumers
 * @property {number} checkpoint
 * @property {boolean} behind
 * @property {number | null} lagMs while it is behind the age of the last event, otherwise how long ago it was read to its end
 * @property {number} processed
 * @property {number} eventsPerSecond
 * @property {number} failures
 * @property {string | null} lastError
 * @property {string | null} failedAt
 * @property {Breaker | null} breaker null: the source was not called lately
 *
 * @typedef {{ stream: string, type: string, parcels: number }} ParcelCount
 *
 * @typedef {"closed" | "open" | "half-open"} Breaker
 *
 * @typedef {object} Upstream
 * @property {string} name
 * @property {Breaker} breaker
 * @property {number} errorRatio
 * @property {number | null} latencyMs
 * @property {number | null} remaining
 * @property {string | null} waitUntil
 */

const JSON_TYPE = { "Content-Type": "application/json" };

/**
 * A page of streams, by name.
 * @param {{ limit: number, cursor?: string | undefined }} query
 * @returns {Promise<{ items: Stream[], nextCursor: string | null }>}
 */
export function listStreams(query) {
  return call("/api/streams", { query });
}

/**
 * @param {object} order
 * @returns {Promise<Stream>}
 */
export function addStream(order) {
  return call("/api/streams", { method: "POST", headers: JSON_TYPE, body: JSON.stringify(order) });
}

/**
 * @param {string} name
 * @param {"pause" | "resume"} verb
 * @returns {Promise<Stream>}
 */
export function switchStream(name, verb) {
  return call(`/api/streams/${name}/${verb}`, { method: "POST" });
}

/**
 * @param {string} name
 * @param {number} eventId it goes on with the event after this one
 * @returns {Promise<Stream>}
 */
export function resetStream(name, eventId) {
  const body = JSON.stringify({ eventId });
  return call(`/api/streams/${name}/reset`, { method: "POST", headers: JSON_TYPE, body });
}

/**
 * @param {string} name
 * @returns {Promise<void>}
 */
export function deleteStream(name) {
  return call(`/api/streams/${name}`, { method: "DELETE" });
}

/**
 * How many parcels there are of each type, in each stream.
 * @returns {Promise<{ items: ParcelCount[] }>}
 */
export function countParcels() {
  return call("/api/parcels/counts");
}

/**
 * The servers outside that kinds name, as the node that answers sees them.
 * @returns {Promise<readonly Upstream[]>}
 */
export async function readUpstreams() {
  const { upstreams = [] } = await call("/health");
  return upstreams;
}
