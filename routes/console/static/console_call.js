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
 * Asks before something that cannot be undone.
 * @param {string} question
 * @param {string} verb
 * @returns {Promise<boolean>}
 */
export function confirmed(question, verb) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("confirm"));
  /** @type {HTMLElement} */ (document.getElementById("confirm-text")).textContent = question;
  /** @type {HTMLElement} */ (document.getElementById("confirm-yes")).textContent = verb;
  const mine = ++asked;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(mine === asked && dialog.returnValue === "yes"), { once: true });
  });
}
