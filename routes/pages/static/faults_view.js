/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { element } from "./elements.js";

/** @typedef {import("./api.js").Fault} Fault */

/**
 * Takes all complaints away.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} summary
 * @returns {void}
 */
export function clearFaults(form, summary) {
  summary.hidden = true;
  summary.replaceChildren();
  for (const message of form.querySelectorAll(".fault")) message.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

/**
 * Shows each fault at the field it speaks of, what no field is to blame for above the form, and leads to the first field.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} summary
 * @param {{ message: string, faults: readonly Fault[] }} problem
 * @returns {void}
 */
export function showFaults(form, summary, { message, faults }) {
  clearFaults(form, summary);
  const placed = faults.map((fault) => ({ fault, control: controlOf(form, fault.pointer) }));
  for (const { fault, control } of placed) if (control !== null) complainAt(control, fault.detail);

  const unplaced = placed.filter(({ control }) => control === null).map(({ fault }) => fault);
  const list = unplaced.map(({ pointer, detail }) =>
    element("li", {}, pointer === "" ? detail : `${pointer}: ${detail}`)
  );
  const needsMessage = list.length > 0 || faults.length === 0;
  summary.append(element("p", {}, needsMessage ? message : "Please look at what is marked below."));
  if (list.length > 0) summary.append(element("ul", {}, ...list));
  summary.hidden = false;

  const first = placed.find(({ control }) => control !== null)?.control;
  first?.closest("details")?.setAttribute("open", "");
  first?.focus();
}

/**
 * The field in sight for a pointer. An upload speaks of the payload as its whole; what lies deeper is shown at what it is
 * a part of.
 * @param {HTMLFormElement} form
 * @param {string} pointer
 * @returns {HTMLElement | null}
 */
function controlOf(form, pointer) {
  for (const wanted of [pointer, `/payload${pointer}`, ...parents(pointer)]) {
    for (const control of form.querySelectorAll(`[data-pointer="${CSS.escape(wanted)}"]`)) {
      const isField = control instanceof HTMLElement && !(control instanceof HTMLFieldSetElement);
      if (isField && control.closest("[hidden]") === null) return control;
    }
  }
  return null;
}

/** @param {string} detail */
function asSentence(detail) {
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}

/** @param {string} pointer */
function parents(pointer) {
  const parts = pointer.split("/");
  return parts.slice(2).map((_, index) => parts.slice(0, parts.length - 1 - index).join("/"));
}

/**
 * @param {HTMLElement} control
 * @param {string} detail
 */
function complainAt(control, detail) {
  const id = `${control.id}-fault`;
  if (document.getElementById(id) !== null) return;
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", id);
  control.closest(".field")?.append(element("p", { class: "fault", id }, asSentence(detail)));
}
