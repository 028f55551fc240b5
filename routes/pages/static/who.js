/// <reference lib="dom" />
// @ts-check
import { leadToSignIn } from "./way_back.js";

/**
 * Who looks at the page, as the server knows them; `shown` is `nothing` where nobody has to sign in.
 * @typedef {object} Who
 * @property {string} tenant
 * @property {string} subject
 * @property {"viewer" | "operator" | "admin" | "platform"} role
 * @property {"nothing" | "token" | "key" | "session"} shown
 */

/** Until it is known better, as where nobody has to sign in. @type {Who} */
const SOMEBODY = { tenant: "demo", subject: "anonymous", role: "platform", shown: "nothing" };

/**
 * Asks the server; whom it does not know is led to the sign-in page, and this never resolves.
 * @returns {Promise<Who>}
 */
export async function askWho() {
  const response = await fetch("/api/session").catch(() => null);
  if (response?.status === 401) return await signInInstead();
  return response?.ok ? await response.json() : SOMEBODY;
}

/** @returns {Promise<never>} */
export function signInInstead() {
  leadToSignIn();
  return new Promise(() => {});
}

export const who = await askWho();
