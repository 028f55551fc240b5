/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { call, confirmed } from "./console_call.js";
import { say } from "./console_toast.js";

/** So many at a time, so that a page of them is no flood. */
const AT_ONCE = 4;

/**
 * Rows with a box (`data-pick`: an id) are acted upon together by buttons with `data-bulk`, a path with `{id}`.
 * @param {() => Promise<void>} refresh
 */
export function startBulk(refresh) {
  const main = /** @type {HTMLElement} */ (document.getElementById("main"));
  main.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.hasAttribute("data-pick-all")) { for (const box of boxes()) box.checked = target.checked; }
    tell();
  });
  main.addEventListener("refreshed", tell);
  main.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("button[data-bulk]") : null;
    if (!(button instanceof HTMLButtonElement) || button.disabled) return;
    const { method = "POST", bulk = "", done = "done", confirm } = button.dataset;
    const ids = picked().map((box) => box.value);
    if (
      confirm !== undefined && !await confirmed(confirm.replace("{n}", String(ids.length)), button.textContent ?? "")
    ) {
      return;
    }
    button.disabled = true;
    const failures = await each(ids, (id) => call({ method, path: bulk.replace("%7Bid%7D", id) }));
    const well = ids.length - failures.length;
    if (failures.length === 0) say(`${well} ${done}`, "done");
    else say(`${well} ${done}, ${failures.length} not: ${failures[0]}`, "failed");
    for (const box of picked()) box.checked = false;
    await refresh();
    tell();
  });
  tell();
}

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-pick]"))];
}

function picked() {
  return boxes().filter(({ checked }) => checked);
}

/** Keeps the buttons, the number and the box for all in step with the boxes. */
function tell() {
  const count = picked().length;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-bulk]"))) {
    button.disabled = count === 0;
  }
  const number = document.getElementById("picked");
  if (number !== null) number.textContent = count === 0 ? "None selected" : `${count} selected`;
  const all = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-pick-all]"));
  if (all === null) return;
  all.checked = count > 0 && count === boxes().length;
  all.indeterminate = count > 0 && count < boxes().length;
}

/**
 * @param {readonly string[]} ids
 * @param {(id: string) => Promise<{ ok: boolean, detail: string }>} act
 * @returns {Promise<string[]>} why some were not done
 */
async function each(ids, act) {
  const waiting = [...ids];
  /** @type {string[]} */
  const failures = [];
  const one = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const { ok, detail } = await act(id);
      if (!ok) failures.push(detail);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return failures;
}
