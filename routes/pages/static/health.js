/// <reference lib="dom" />
// @ts-check
import { find, setText } from "./elements.js";

const AGAIN_MS = 5_000;

const WORDS = /** @type {Readonly<Record<string, string>>} */ ({
  ready: "Ready",
  starting: "Starting",
  unavailable: "Storage unavailable",
  stopping: "Stopping",
  stopped: "Stopped",
});

/**
 * The dot in the header. It asks when there is a reason to (the stream opened or broke, a request was refused, the tab was
 * shown), and again every five seconds only while the server is not ready.
 * @returns {{ check: () => void }}
 */
export function createHealth() {
  const node = find("health", HTMLElement);
  const text = find("health-text", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;
  let checks = 0;

  const check = async () => {
    clearTimeout(again);
    const current = ++checks;
    const status = await statusNow();
    if (current !== checks) return;
    node.dataset["state"] = status;
    setText(text, WORDS[status] ?? "Offline");
    if (status !== "ready") again = setTimeout(check, AGAIN_MS);
  };

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") check();
  });
  return { check };
}

/** @returns {Promise<string>} */
async function statusNow() {
  try {
    const response = await fetch("/health");
    return response.ok ? (await response.json()).status : "unavailable";
  } catch {
    return "offline";
  }
}
