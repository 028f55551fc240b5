/** Every way in which the runtime says no. routes/ maps each to an HTTP status in one table. */
export type ErrorCode =
  | "invalid-message" // the payload does not fit the message's schema
  | "unknown-kind"
  | "unknown-message"
  | "unknown-query"
  | "not-found"
  | "conflict" // the thing is not in a state that allows this
  | "tenant-suspended" // by whoever runs the installation
  | "key-reused" // the same idempotency key came with another request
  | "too-large"
  | "mailbox-full"
  | "overloaded" // the committer's queue is full
  | "stopping"
  | "storage-unavailable" // heals by itself: disk full, locked, read-only
  | "storage-corrupt" // does not heal: the process ends
  | "storage-locked" // another process owns the file
  | "storage-newer" // the file was written by a newer program
  | "fenced" // this node's ownership has ended
  | "constraint" // the database refused the entry
  | "timed-out"
  | "cancelled"
  | "host-lost" // the process or worker that ran it is gone
  | "out-of-memory"
  | "not-permitted" // the handler reached for what its kind did not ask for
  | "address-refused" // an outside address that work may not reach
  | "upstream-failed" // no answer, or none that can be used, from outside
  | "upstream-limited" // the other side, or its declared rate, allows no call before `retryAfterMs` are over
  | "upstream-unavailable" // its breaker is open: it failed too often just now
  | "handler-failed"
  | "unserializable"
  | "invalid-config"
  | "internal";

/** An error on its way between threads and processes. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Ms that must pass before the next attempt, whatever the backoff says. */
  readonly retryAfterMs?: number;
  readonly stack?: string | undefined;
}

/** The runtime's own errors: `code` for programs, `message` for people (what, why, what to do). */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  readonly code: ErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Ms before which it cannot, where that is known. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; retryAfterMs?: number | null | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Thrown by a handler that knows that no retry will help: the message is given up at once. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** Thrown by a handler that knows how long the cause will last: a failed attempt whose retry waits at least `delayMs`. */
export class RetryLaterError extends Error {
  override readonly name = "RetryLaterError";
  readonly delayMs: number;

  /** @throws {RangeError} when `delayMs` is no number of ms */
  constructor(message: string, { delayMs, cause }: { delayMs: number; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    if (!(delayMs >= 0 && Number.isFinite(delayMs))) throw new RangeError(`A retry cannot wait ${delayMs} ms`);
    this.delayMs = Math.ceil(delayMs);
  }
}

const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 4_000;

/** Whatever was thrown, as data; strings are cut to 2,000 (message) and 4,000 (stack) characters. */
export function serializeError(thrown: unknown, code: ErrorCode = "handler-failed"): SerializedError {
  if (thrown instanceof RuntimeError) {
    const { code, retryable, retryAfterMs } = thrown;
    return { ...cut(code, thrown, retryable), ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  }
  if (thrown instanceof RetryLaterError) return { ...cut(code, thrown, true), retryAfterMs: thrown.delayMs };
  if (thrown instanceof Error) {
    // Deno's refusals, and V8's of an allocation that is too large.
    if (thrown.name === "NotCapable") return cut("not-permitted", thrown, true);
    if (thrown instanceof RangeError && /allocation failed/i.test(thrown.message)) {
      return cut("out-of-memory", thrown, true);
    }
    return cut(code, thrown, thrown.name !== "TerminalError");
  }
  return { code, message: describe(thrown).slice(0, LONGEST_MESSAGE), retryable: true };
}

export function deserializeError(error: SerializedError): RuntimeError {
  const { code, message, retryable, retryAfterMs } = error;
  const revived = new RuntimeError(code, message, { retryable, retryAfterMs });
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}

function cut(code: ErrorCode, error: Error, retryable: boolean): SerializedError {
  return {
    code,
    message: String(error.message).slice(0, LONGEST_MESSAGE),
    retryable,
    stack: typeof error.stack === "string" ? error.stack.slice(0, LONGEST_STACK) : undefined,
  };
}

function describe(thrown: unknown): string {
  try {
    return typeof thrown === "string" ? thrown : JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return "a value that cannot be shown was thrown";
  }
}
