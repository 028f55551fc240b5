/// <reference lib="dom" />
// @ts-check
import { Problem } from "./api.js";

/**
 * What the form says of when: an expression in a time zone, or an interval.
 * @param {FormData} data
 * @returns {{ cron: string, timeZone: string | undefined } | { everyMs: number }}
 */
export function readTiming(data) {
  if (data.get("timing") === "interval") {
    return { everyMs: Math.round(Number(data.get("every")) * Number(data.get("everyUnit"))) };
  }
  return { cron: text(data, "cron") ?? "", timeZone: text(data, "timeZone") };
}

/**
 * The form as `POST /api/schedules` takes it.
 * @param {HTMLFormElement} form
 * @returns {object}
 * @throws {Problem} when the payload is not JSON
 */
export function readOrder(form) {
  const data = new FormData(form);
  const payload = parsed(text(data, "payload"));
  const isJob = data.get("sends") === "job";
  return {
    name: text(data, "name") ?? "",
    ...readTiming(data),
    target: isJob
      ? { type: text(data, "type") ?? "", payload }
      : { kind: text(data, "kind") ?? "", key: text(data, "key"), message: text(data, "message") ?? "", payload },
    catchUp: data.get("catchUp"),
    jitterMs: Math.round(Number(data.get("jitter")) * 1_000),
  };
}

/**
 * @param {FormData} data
 * @param {string} name
 * @returns {string | undefined}
 */
function text(data, name) {
  const value = String(data.get(name) ?? "").trim();
  return value === "" ? undefined : value;
}

/** @param {string | undefined} json */
function parsed(json) {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch (error) {
    const detail = `is not JSON: ${error instanceof Error ? error.message : error}`;
    throw new Problem("The payload cannot be read", { faults: [{ pointer: "/target/payload", detail }] });
  }
}
