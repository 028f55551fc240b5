import { RuntimeError } from "../core/errors.ts";

/** A character that a URL parser would drop or turn into another. */
const REWRITTEN = /[\\\p{Cc} ]/u;

/**
 * The address of `path` below a base URL; `/tracks` and `tracks` are the same, a query may follow.
 * @throws {RuntimeError} `invalid-message` for a path that leads, or could be read as leading, elsewhere
 */
export function urlBelow(baseUrl: string, path: string): URL {
  const base = new URL(baseUrl);
  const stem = base.origin + base.pathname.replace(/\/+$/, "");
  const rest = path.replace(/^\//, "");
  const url = REWRITTEN.test(path) || rest.startsWith("/") || /^[a-z][a-z0-9+.-]*:\/\//i.test(rest)
    ? null
    : URL.parse(rest === "" || rest.startsWith("?") ? stem + rest : `${stem}/${rest}`);
  if (url === null || climbs(rest) || !isBelow(baseUrl, url)) {
    throw new RuntimeError(
      "invalid-message",
      `The path must stay below ${stem}: no "..", no other host, no backslashes, spaces or control characters`,
    );
  }
  return url;
}

/** Whether a URL has the base's origin and a path at or below the base's. */
export function isBelow(baseUrl: string, url: URL): boolean {
  const base = new URL(baseUrl);
  const stem = base.pathname.replace(/\/+$/, "");
  return url.origin === base.origin && url.username === "" && url.password === "" && !climbs(url.pathname) &&
    (url.pathname === stem || url.pathname.startsWith(`${stem}/`));
}

/** Whether some server might read a dot segment in it: written as it is, encoded, or with a parameter. */
function climbs(path: string): boolean {
  const read = path.split(/[?#]/, 1)[0]!.replace(/%2e/gi, ".").replace(/%2f/gi, "/").replace(/%5c/gi, "\\");
  return read.split(/[/\\]/).some((segment) => /^\.\.?(;.*)?$/.test(segment));
}
