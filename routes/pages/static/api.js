/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { signInInstead, who } from "./who.js";

/**
 * @typedef {{ readonly pointer: string, readonly detail: string }} Fault
 * Where in what was sent something is wrong (a JSON pointer), and what.
 */

const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** What the page's address asks for, whether it can be a tenant or not. */
export const askedTenant = new URLSearchParams(location.search).get("tenant") ?? who.tenant;

/** Whose data this page shows. */
export const tenant = who.role === "platform" && TENANT.test(askedTenant) ? askedTenant : who.tenant;

/** A refusal of the server, or of the network (status 0). */
export class Problem extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, faults?: readonly Fault[] }} more
   */
  constructor(message, { status = 0, faults = [] } = {}) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.faults = faults;
  }
}

/**
 * An address of the API with the tenant in it, which works for links and streams too.
 * @param {string} path
 * @param {Readonly<Record<string, string | number | undefined>>} query
 * @returns {string}
 */
export function address(path, query = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  params.set("tenant", tenant);
  return `${path}?${params}`;
}

/**
 * @param {string} path
 * @param {{ query?: Readonly<Record<string, string | number | undefined>>, method?: string,
 *   headers?: Readonly<Record<string, string>>, body?: BodyInit }} options
 * @returns {Promise<any>} the answer's JSON
 * @throws {Problem}
 */
export async function call(path, { query = {}, ...init } = {}) {
  const response = await fetch(address(path, query), init).catch(() => {
    throw new Problem("The server cannot be reached. Nothing was lost: try again when it is back.");
  });
  if (response.status === 401) return await signInInstead();
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  const detail = answer?.detail ?? answer?.title ?? `The server answered ${response.status}`;
  throw new Problem(detail, { status: response.status, faults: answer?.errors ?? [] });
}

/**
 * A page of jobs, newest first.
 * @param {{ status?: string | undefined, cursor?: string | undefined, limit?: number }} query
 * @returns {Promise<{ items: import("./job.js").Job[], nextCursor: string | null }>}
 */
export function listJobs(query) {
  return call("/api/jobs", { query });
}

/**
 * @param {string} id
 * @returns {Promise<import("./job.js").Job>}
 */
export function readJob(id) {
  return call(`/api/jobs/${id}`);
}

/**
 * @param {string} id
 * @returns {Promise<{ items: import("./job.js").Attempt[] }>}
 */
export function readLogs(id) {
  return call(`/api/jobs/${id}/logs`);
}

/**
 * @param {string} id
 * @param {"cancel" | "retry"} verb
 * @returns {Promise<import("./job.js").Job>}
 */
export function act(id, verb) {
  return call(`/api/jobs/${id}/${verb}`, { method: "POST" });
}
