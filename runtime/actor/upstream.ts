/** A server outside that some kinds reach with `ctx.fetch`. */
export interface Upstream {
  /** Kebab-case; in metrics, logs and errors. */
  readonly name: string;
  /** Absolute, http or https; the paths that are fetched begin below it. */
  readonly baseUrl: string;
  /** For one call, from its start to the last byte of the answer. */
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Declares an upstream; a kind names it in `upstreams` to reach it.
 * @throws {TypeError} when the name is not kebab-case or the base URL is not absolute, http or https, without credentials
 */
export function defineUpstream(
  { name, baseUrl, timeoutMs = DEFAULT_TIMEOUT_MS }: { name: string; baseUrl: string; timeoutMs?: number },
): Upstream {
  if (!NAME.test(name)) throw new TypeError(`The upstream ${JSON.stringify(name)} must be kebab-case`);
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new TypeError(`The upstream ${name} needs an absolute http or https base URL without credentials`);
  }
  return Object.freeze({ name, baseUrl, timeoutMs });
}
