/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/** Rows by j and k or the arrows, pages by g and a letter, `/` to the filter, `?` for the list of all this. */
export function startKeys() {
  const keys = /** @type {HTMLDialogElement} */ (document.getElementById("keys"));
  let going = false;
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("[data-keys]")) keys.showModal();
  });
  document.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey || isTyping(target) || document.querySelector("dialog[open]")) return;
    if (going) {
      going = false;
      const page = document.querySelector(`a[data-key="${CSS.escape(key)}"]`);
      if (page instanceof HTMLAnchorElement) page.click();
      return;
    }
    const step = STEPS[/** @type {keyof typeof STEPS} */ (key)];
    if (key === "g") going = true;
    else if (key === "?") keys.showModal();
    else if (key === "/") focusOn("form.filter [data-filter]", event);
    else if (key === "x") rowBox()?.click();
    else if (step !== undefined) toRow(step, event);
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/**
 * @param {number} step
 * @param {KeyboardEvent} event
 */
function toRow(step, event) {
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-row]"))];
  if (rows.length === 0) return;
  const place = rows.findIndex((row) => rowOf(row)?.contains(document.activeElement));
  const next = rows[place === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, place + step))];
  next?.focus();
  event.preventDefault();
}

/** @param {Element} part */
function rowOf(part) {
  return part.closest("tr, li, article");
}

function rowBox() {
  const row = document.activeElement === null ? null : rowOf(document.activeElement);
  return /** @type {HTMLInputElement | null} */ (row?.querySelector("input[data-pick]") ?? null);
}

/**
 * @param {string} selector
 * @param {KeyboardEvent} event
 */
function focusOn(selector, event) {
  const field = document.querySelector(selector);
  if (!(field instanceof HTMLElement)) return;
  field.focus();
  event.preventDefault();
}
