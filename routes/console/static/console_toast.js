/// <reference lib="dom" />
// @ts-check

const SHOWN_MS = 6_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Says what became of an act, to those who see it and to those who hear it.
 * @param {string} text
 * @param {"done" | "failed"} how
 */
export function say(text, how) {
  const toast = /** @type {HTMLElement} */ (document.getElementById("toast"));
  toast.textContent = text;
  toast.dataset["how"] = how;
  clearTimeout(timer);
  timer = setTimeout(() => toast.textContent = "", SHOWN_MS);
}
