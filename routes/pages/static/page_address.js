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

/** @returns {string | null} */
export function viewInAddress() {
  return new URLSearchParams(location.search).get("view");
}

/**
 * @param {string} view
 * @returns {string}
 */
export function addressOfView(view) {
  return changed("view", view === "jobs" ? null : view);
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
