/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check
import { call, confirmed } from "./console_call.js";
import { say } from "./console_toast.js";

/**
 * Buttons and forms with `data-act` call that path of the API with `data-method`, and say `data-done`.
 * @param {() => Promise<void>} refresh
 */
export function startActs(refresh) {
  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("button[data-act]") : null;
    if (!(button instanceof HTMLButtonElement) || button.ariaDisabled === "true") return;
    const { method = "POST", act = "", done = "Done" } = button.dataset;
    const sure = await sureOf(button);
    if (sure === null) return;
    button.ariaDisabled = "true";
    const { ok, detail } = await call({ method, path: act, body: sure.body });
    button.removeAttribute("aria-disabled");
    say(ok ? done : detail, ok ? "done" : "failed");
    await refresh();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["act"] === undefined) return;
    event.preventDefault();
    await order(form);
  });
}

/**
 * Asks what the button says is to be asked before.
 * @param {HTMLButtonElement} button
 * @returns {Promise<{ body?: Record<string, number> } | null>} null where it is left
 */
async function sureOf({ dataset: { confirm, number, numberLabel = "", numberValue = "" }, firstChild }) {
  if (confirm === undefined) return {};
  const verb = firstChild?.textContent ?? "Do it";
  if (number === undefined) return await confirmed(confirm, verb) === null ? null : {};
  const sure = await confirmed(confirm, verb, { label: numberLabel, value: numberValue });
  return sure === null ? null : { body: { [number]: sure.number } };
}

/** @param {HTMLFormElement} form */
async function order(form) {
  const { method = "POST", act = "", done = "Done", then } = form.dataset;
  const problem = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  problem.hidden = true;
  let body;
  try {
    body = bodyOf(form);
  } catch (error) {
    return refuse(problem, error instanceof Error ? error.message : String(error), []);
  }
  const answer = await call({ method, path: act, body });
  if (!answer.ok) return refuse(problem, answer.detail, answer.faults);
  say(done, "done");
  if (then !== undefined) location.assign(then.replace("%7Bid%7D", "{id}").replace("{id}", answer.body?.id ?? ""));
}

/**
 * What is left empty is left out.
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
function bodyOf(form) {
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const field of form.elements) {
    if (
      !(field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement)
    ) {
      continue;
    }
    if (field.name === "" || field.value.trim() === "") continue;
    body[field.name] = valueOf(field);
  }
  return body;
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field */
function valueOf(field) {
  if (field.dataset["as"] === "number") return Number(field.value);
  if (field.dataset["as"] !== "json") return field.value;
  try {
    return JSON.parse(field.value);
  } catch (error) {
    field.focus();
    throw new Error(`The ${field.name} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * @param {HTMLElement} problem
 * @param {string} detail
 * @param {readonly { pointer: string, detail: string }[]} faults
 */
function refuse(problem, detail, faults) {
  const list = document.createElement("ul");
  for (const fault of faults) {
    const item = document.createElement("li");
    const place = document.createElement("code");
    place.textContent = fault.pointer;
    item.append(place, ` ${fault.detail}`);
    list.append(item);
  }
  problem.replaceChildren(detail, ...(faults.length > 0 ? [list] : []));
  problem.hidden = false;
}
