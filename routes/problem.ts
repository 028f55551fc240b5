import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type ErrorCode, type Fault, InvalidError, RuntimeError } from "../runtime/mod.ts";

/** The one place where the runtime's refusals become HTTP: a new code fails the type check until it stands here. */
const STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  "invalid-message": 422,
  "unknown-kind": 404,
  "unknown-message": 404,
  "unknown-query": 404,
  "not-found": 404,
  "conflict": 409,
  "tenant-suspended": 403,
  "key-reused": 422,
  "too-large": 413,
  "mailbox-full": 429,
  "overloaded": 503,
  "stopping": 503,
  "storage-unavailable": 503,
  "storage-corrupt": 503,
  "storage-locked": 503,
  "storage-newer": 503,
  "fenced": 503,
  "constraint": 409,
  "timed-out": 503,
  "cancelled": 409,
  "host-lost": 503,
  "out-of-memory": 500,
  "not-permitted": 500,
  "address-refused": 422,
  "upstream-failed": 502,
  "upstream-limited": 503,
  "upstream-unavailable": 503,
  "handler-failed": 500,
  "unserializable": 422,
  "invalid-config": 500,
  "internal": 500,
};

/** What is said instead of the error's own message, which may speak of files and statements. */
const CONSTANT_DETAIL: Partial<Record<ErrorCode, string>> = {
  "constraint": "The change contradicts what is stored",
  "overloaded": "The server has more work than it can write down: try again in a moment",
  "stopping": "The server is starting or stopping: try again in a moment",
  "storage-unavailable": "The storage refuses writes at the moment: try again in a moment",
  "timed-out": "The answer took too long: try again",
  "handler-failed": "The handler failed",
};
const NO_DETAIL = "Something went wrong inside the server; its log says more";
const UNAVAILABLE_DETAIL = "The server cannot do this at the moment: try again in a moment";

const RETRY_AFTER_S: Partial<Record<number, number>> = { 429: 1, 503: 2 };

/** The body of every error answer. @see RFC 9457 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: ContentfulStatusCode;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** Of a refusal that the same request with this code is not: it confirms that it is meant. */
  readonly confirm?: string;
}

/** A no that HTTP itself gives; what the runtime refuses is a RuntimeError. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: ContentfulStatusCode;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;
  readonly confirm: string | undefined;

  constructor(
    status: ContentfulStatusCode,
    detail: string,
    options: { faults?: readonly Fault[]; headers?: Readonly<Record<string, string>>; confirm?: string } = {},
  ) {
    super(detail);
    this.status = status;
    this.faults = options.faults ?? [];
    this.headers = options.headers ?? {};
    this.confirm = options.confirm;
  }
}

/** What can be read but not accepted: 422, and where it is wrong. */
export function invalid(detail: string, faults: readonly Fault[]): Refusal {
  return new Refusal(422, detail, { faults });
}

/** A body of another media type, or in another encoding than UTF-8. */
export function mustBeJson(): Refusal {
  return new Refusal(415, "The body must be application/json, in UTF-8", { headers: { Accept: "application/json" } });
}

/** The answer to whatever was thrown; anything unknown is a 500 that tells nothing. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Refusal) {
    const { status, message: detail, faults, confirm } = thrown;
    const answer = problem(status, { detail, faults, ...(status === 422 ? { code: "invalid-message" } : {}) });
    return confirm === undefined ? answer : { ...answer, confirm };
  }
  if (thrown instanceof InvalidError) {
    return problem(422, { detail: thrown.message, faults: thrown.faults, code: thrown.code });
  }
  if (thrown instanceof RuntimeError) {
    const status = STATUS[thrown.code];
    return problem(status, { detail: detailOf(thrown, status), code: thrown.code });
  }
  if (thrown instanceof HTTPException) {
    return problem(thrown.status as ContentfulStatusCode, { detail: thrown.message });
  }
  return problem(500, { detail: NO_DETAIL });
}

/** The problem as a response's body and headers. */
export function problemBody(
  answer: Problem,
  headers: Readonly<Record<string, string>> = {},
): [body: string, status: ContentfulStatusCode, headers: Record<string, string>] {
  const retryAfterS = RETRY_AFTER_S[answer.status];
  return [JSON.stringify(answer), answer.status, {
    "Content-Type": "application/problem+json",
    ...(retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) }),
    ...headers,
  }];
}

function detailOf({ code, message }: RuntimeError, status: number): string {
  return CONSTANT_DETAIL[code] ?? (status < 500 ? message : status === 503 ? UNAVAILABLE_DETAIL : NO_DETAIL);
}

const LONGEST_DETAIL = 500;

function problem(
  status: ContentfulStatusCode,
  { detail, faults = [], code }: { detail: string; faults?: readonly Fault[]; code?: ErrorCode },
): Problem {
  const errors = faults.map((fault) => ({ pointer: cut(fault.pointer), detail: cut(fault.detail) }));
  return {
    type: code === undefined ? "about:blank" : `urn:mailroom:problem:${code}`,
    title: TITLES[status] ?? (status < 500 ? "Bad Request" : "Internal Server Error"),
    status,
    detail: cut(detail),
    ...(errors.length === 0 ? {} : { errors }),
  };
}

/** Also sees to it that the text survives UTF-8. */
function cut(text: string): string {
  return (text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}…` : text).toWellFormed();
}

const TITLES: Partial<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};
