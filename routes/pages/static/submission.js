/// <reference lib="dom" />
// @ts-check
import { call, Problem } from "./api.js";

/** @typedef {import("./job.js").Job} Job */

/**
 * What the form asks for: a file goes up as it is, anything else as the JSON of a submission.
 * @typedef {{ upload: File, query: Record<string, string | undefined> } | { upload: null, body: string }} Submission
 */

/**
 * @param {HTMLFormElement} form
 * @returns {Submission}
 * @throws {Problem} when the payload is not JSON
 */
export function readSubmission(form) {
  const data = new FormData(form);
  /** @param {string} name */
  const text = (name) => {
    const value = data.get(name);
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const type = text("type");
  const file = data.get("file");
  if (type === "import" && file instanceof File && file.size > 0) {
    return { upload: file, query: { dataset: text("dataset") ?? "", key: text("key") } };
  }
  const delay = text("delay");
  const submission = {
    type: type === "other" ? text("otherType") ?? "" : type,
    payload: type === "import" ? importOf(data, text) : type === "report" ? reportOf(text) : parsed(text("payload")),
    delayMs: delay === undefined ? undefined : Math.round(Number(delay) * Number(data.get("delayUnit"))),
    priority: number(text("priority")),
    maxAttempts: number(text("maxAttempts")),
    dedupeKey: text("dedupeKey"),
  };
  return { upload: null, body: JSON.stringify(submission) };
}

let unanswered = { body: "", key: "" };

/**
 * Hands it in. Until there is an answer the same submission bears the same key, so pressing the button again after the
 * network failed adds no second job.
 * @param {Submission} submission
 * @returns {Promise<Job>}
 * @throws {Problem}
 */
export async function submit(submission) {
  if (submission.upload !== null) {
    const { upload: body, query } = submission;
    const isNdjson = /\.(ndjson|jsonl)$/i.test(body.name);
    const headers = { "Content-Type": isNdjson ? "application/x-ndjson" : "text/csv" };
    return await call("/api/jobs/import", { method: "POST", query, headers, body });
  }
  const { body } = submission;
  if (unanswered.body !== body) unanswered = { body, key: crypto.randomUUID() };
  const headers = { "Content-Type": "application/json", "Idempotency-Key": unanswered.key };
  try {
    const job = await call("/api/jobs", { method: "POST", headers, body });
    unanswered = { body: "", key: "" };
    return job;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.status !== 0) unanswered = { body: "", key: "" };
    throw thrown;
  }
}

/**
 * @param {FormData} data
 * @param {(name: string) => string | undefined} text
 */
function importOf(data, text) {
  const content = String(data.get("content") ?? "");
  const format = content.trimStart().startsWith("{") ? "ndjson" : "csv";
  return { dataset: text("dataset") ?? "", key: text("key"), format, content };
}

/** @param {(name: string) => string | undefined} text */
function reportOf(text) {
  return { from: instant(text("from")), to: instant(text("to")) };
}

/**
 * A local time of the reader as an instant.
 * @param {string | undefined} local
 */
function instant(local) {
  return local === undefined ? undefined : new Date(local).toISOString();
}

/** @param {string | undefined} text */
function number(text) {
  return text === undefined ? undefined : Number(text);
}

/** @param {string | undefined} text */
function parsed(text) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `is not JSON: ${error instanceof Error ? error.message : error}`;
    throw new Problem("The payload cannot be read", { faults: [{ pointer: "/payload", detail }] });
  }
}
