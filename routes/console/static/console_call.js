/// <reference lib="dom" />
// @ts-check

/**
 * Calls a route of the API for the tenant whose page this is.
 * @param {{ method: string, path: string, body?: unknown }} order
 * @returns {Promise<{ ok: boolean, detail: string, faults: readonly { pointer: string, detail: string }[], body: any }>}
 */
export async function call({ method, path, body }) {
  const response = await fetch(path, {
    method,
    headers: {
      "X-Tenant": document.documentElement.dataset["tenant"] ?? "",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (response === null) {
    return { ok: false, detail: "The server cannot be reached. Nothing was lost: try again.", faults: [], body: null };
  }
  if (response.status === 401) {
    location.replace(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  const detail = answer?.detail ?? answer?.title ?? `The server answered ${response.status}`;
  return { ok: response.ok, detail, faults: answer?.errors ?? [], body: answer };
}

/** How often was asked: the end of an earlier showing may be told late. */
let asked = 0;

/**
 * Asks before something that cannot be undone, and where it takes a number, for that.
 * @param {string} question
 * @param {string} verb
 * @param {{ label: string, value: string }} [number]
 * @returns {Promise<{ number: number } | null>} null where it is left
 */
export function confirmed(question, verb, number) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("confirm"));
  const field = /** @type {HTMLElement} */ (document.getElementById("confirm-field"));
  const input = /** @type {HTMLInputElement} */ (document.getElementById("confirm-number"));
  /** @type {HTMLElement} */ (document.getElementById("confirm-text")).textContent = question;
  const yes = /** @type {HTMLButtonElement} */ (document.getElementById("confirm-yes"));
  yes.textContent = verb;
  // What is disabled is neither asked for nor judged.
  field.hidden = input.disabled = number === undefined;
  /** @type {HTMLElement} */ (document.getElementById("confirm-label")).textContent = number?.label ?? "";
  input.value = number?.value ?? "";
  const mine = ++asked;
  const byEnter = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter") return;
    // The browser would press the first button, which leaves it.
    event.preventDefault();
    yes.click();
  };
  input.addEventListener("keydown", byEnter);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      input.removeEventListener("keydown", byEnter);
      resolve(mine === asked && dialog.returnValue === "yes" ? { number: input.valueAsNumber } : null);
    }, { once: true });
  });
}
