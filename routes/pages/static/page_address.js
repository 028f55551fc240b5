/// <reference lib="dom" />
// @ts-check

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/**
 * The job that a copied or reloaded address leads to.
 * @returns {string | null}
 */
export function jobInAddress() {
  const id = new URLSearchParams(location.search).get("job");
  return id !== null && ULID.test(id) ? id : null;
}

/**
 * @param {string | null} id
 * @returns {void}
 */
export function putJobInAddress(id) {
  history.replaceState(null, "", changed("job", id));
}

/** Some have a path of their own: the board, for screens that show nothing else, and what people write down. */
const PATHS = /** @type {Readonly<Record<string, string>>} */ ({ "/mail": "mail", "/streams": "streams" });

/** @returns {string | null} */
export function viewInAddress() {
  return new URLSearchParams(location.search).get("view") ?? PATHS[location.pathname] ?? null;
}

/**
 * @param {string} view
 * @returns {string}
 */
export function addressOfView(view) {
  const path = Object.keys(PATHS).find((path) => PATHS[path] === view);
  const url = new URL(changed("view", path !== undefined || view === "jobs" ? null : view));
  url.pathname = path ?? "/";
  return url.href;
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function changed(name, value) {
  const url = new URL(location.href);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.href;
}
