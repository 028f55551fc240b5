/** One request on the wire. Names of headers are in lower case. */
export interface OutsideRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

const ABOUT_THE_BODY = /^content-/;
/** What proves who calls, and is meant for the one that was called. */
const CREDENTIAL = /^(authorization|cookie|webhook-.*|.*(api-?key|token|secret|signature|password).*)$/;

/**
 * The request that a redirect asks for; null when the answer is none. After 303, and after 301 and 302 to a POST, the next
 * one is a GET without a body, as browsers do; 307 and 308 keep both. Credentials do not follow to another origin.
 * @see WHATWG Fetch, "HTTP-redirect fetch"; RFC 9110, section 15.4
 */
export function redirected(
  request: OutsideRequest,
  status: number,
  location: string | undefined,
): OutsideRequest | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null;
  const url = URL.parse(location, request.url);
  if (url === null) return null;
  const { method } = request;
  const becomesGet = status === 303 ? method !== "GET" && method !== "HEAD" : status <= 302 && method === "POST";
  const leaves = url.origin !== request.url.origin;
  const headers = Object.entries(request.headers).filter(([name]) =>
    !(becomesGet && ABOUT_THE_BODY.test(name)) && !(leaves && CREDENTIAL.test(name))
  );
  return {
    url,
    method: becomesGet ? "GET" : method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? null : request.body,
  };
}
