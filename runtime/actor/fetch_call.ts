import { RuntimeError } from "../core/errors.ts";
import type { UserFetchInit } from "./context.ts";
import type { AnyKind } from "./kind.ts";
import type { FetchCall } from "./outcome.ts";

/** The bounds of one call to the outside. */
export const FETCH_LIMITS = {
  urlChars: 8_192,
  /** Of a request's body in UTF-8, and after its decoding of an answer's whose upstream does not say otherwise. */
  bodyBytes: 1024 * 1024,
  headers: 64,
  /** Names and values of all headers together. */
  headerChars: 16 * 1024,
} as const;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/** RFC 9110, section 9.2.2. */
const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE"];
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What may stand in a header's value: no CR, LF or NUL, which could end it and begin another. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What belongs to the connection, not to the message, or is made from the rest of the call. */
const RESERVED_HEADER =
  /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|host|content-length|accept-encoding|proxy-.*)$/;
/** Whether a call's headers may not hold this one. */
export function isReservedHeader(name: string): boolean {
  return RESERVED_HEADER.test(name.toLowerCase());
}

/** Whether a header may leave with a call, whoever sets it. */
export function isHeader(name: string, value: string): boolean {
  return HEADER_NAME.test(name) && HEADER_VALUE.test(value) && !isReservedHeader(name);
}

const WEBHOOK_ID = /^[A-Za-z0-9._-]{1,200}$/;

/**
 * A call as it travels to whoever makes it.
 * @throws {RuntimeError} as {@linkcode checkFetchCall}
 */
export function toFetchCall(
  upstream: string | null,
  url: string,
  { expects = "anything", ...init }: UserFetchInit & Partial<Pick<FetchCall, "expects">> = {},
): FetchCall {
  const method = (init.method ?? "GET").toUpperCase();
  const headers = Object.fromEntries(
    Object.entries(init.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const call = {
    upstream,
    url: String(url),
    baseUrl: init.baseUrl ?? null,
    idempotent: init.idempotent ?? (IDEMPOTENT.includes(method) || Object.hasOwn(headers, "idempotency-key")),
    expects,
    method,
    headers,
    body: init.body ?? null,
    timeoutMs: init.timeoutMs ?? null,
    redirect: init.redirect ?? "follow",
    webhookId: init.webhookId ?? null,
  } as const;
  checkFetchCall(call);
  return call;
}

/**
 * Whether a call may be made at all, wherever it leads.
 * @throws {RuntimeError} `invalid-message`, `too-large`; none of them would pass a second time
 */
export function checkFetchCall({ upstream, url, method, headers, body, timeoutMs, webhookId }: FetchCall): void {
  if (url.length > FETCH_LIMITS.urlChars) throw tooLarge("Its address", url.length, FETCH_LIMITS.urlChars);
  if (!METHODS.includes(method)) throw invalid(`its method must be one of ${METHODS.join(", ")}`);
  if (body !== null && (method === "GET" || method === "HEAD")) throw invalid(`a ${method} has no body`);
  if (body !== null) {
    // A UTF-16 code unit takes one to three bytes.
    const isClear = body.length > FETCH_LIMITS.bodyBytes || body.length * 3 <= FETCH_LIMITS.bodyBytes;
    const bytes = isClear ? body.length : new TextEncoder().encode(body).length;
    if (bytes > FETCH_LIMITS.bodyBytes) throw tooLarge("Its body", bytes, FETCH_LIMITS.bodyBytes);
  }
  if (timeoutMs !== null && !(timeoutMs > 0)) throw invalid("its timeoutMs must be above 0");
  if (webhookId !== null && (upstream !== null || !WEBHOOK_ID.test(webhookId))) {
    throw invalid("a webhookId is 1-200 letters, digits, dots, dashes and underscores, for user-given addresses only");
  }
  checkHeaders(headers, webhookId !== null);
}

function checkHeaders(headers: FetchCall["headers"], signed: boolean): void {
  const entries = Object.entries(headers);
  if (entries.length > FETCH_LIMITS.headers) {
    throw tooLarge("The number of its headers", entries.length, FETCH_LIMITS.headers);
  }
  let chars = 0;
  for (const [name, value] of entries) {
    if (!HEADER_NAME.test(name)) throw invalid(`${JSON.stringify(name)} is no name of a header`);
    if (!HEADER_VALUE.test(value)) {
      throw invalid(`the header ${name} may not hold line ends or characters above U+00FF`);
    }
    if (isReservedHeader(name)) throw invalid(`the header ${name} is set by the connection, not by the caller`);
    if (signed && name.startsWith("webhook-")) throw invalid(`the header ${name} is set by the signature`);
    chars += name.length + value.length;
  }
  if (chars > FETCH_LIMITS.headerChars) throw tooLarge("All its headers", chars, FETCH_LIMITS.headerChars);
}

/** @throws {RuntimeError} `not-permitted` when the kind did not ask for what the call reaches for */
export function checkMayFetch(kind: AnyKind, { upstream, baseUrl }: FetchCall): void {
  if (upstream === null) {
    if (kind.userAddresses) return;
    throw notPermitted(`${kind.kind} may not call user-given addresses: say userAddresses: true`);
  }
  const named = kind.upstreams.find(({ name }) => name === upstream);
  if (named === undefined) {
    throw notPermitted(`${kind.kind} may not call ${JSON.stringify(upstream)}: name it in its upstreams`);
  }
  if ((named.baseUrl === null) === (baseUrl === null)) {
    const why = baseUrl === null ? "is declared without a base URL: give one" : "has a base URL of its own: give none";
    throw notPermitted(`The upstream ${upstream} ${why}`);
  }
}

function invalid(why: string): RuntimeError {
  return new RuntimeError("invalid-message", `The call cannot be made: ${why}`);
}

function tooLarge(what: string, size: number, limit: number): RuntimeError {
  return new RuntimeError("too-large", `The call cannot be made. ${what}: ${size}; at most ${limit}`);
}

function notPermitted(message: string): RuntimeError {
  return new RuntimeError("not-permitted", message);
}
