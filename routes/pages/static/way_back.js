/// <reference lib="dom" />
// @ts-check

/** Leads to the sign-in page, and from there back to where one is. */
export function leadToSignIn() {
  location.replace(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
}

/**
 * Where to go on from the sign-in page: to a page of this server's, whatever its address says.
 * @returns {string}
 */
export function wayBack() {
  const home = new URL("/", location.href).href;
  const wanted = URL.parse(new URLSearchParams(location.search).get("to") ?? "/", location.origin);
  if (wanted === null || wanted.origin !== location.origin || wanted.pathname === location.pathname) return home;
  return wanted.href;
}
