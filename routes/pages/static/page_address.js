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
  const url = new URL(location.href);
  if (id === null) url.searchParams.delete("job");
  else url.searchParams.set("job", id);
  history.replaceState(null, "", url);
}
