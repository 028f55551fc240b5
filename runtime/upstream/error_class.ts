import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { RuntimeError } from "../core/errors.ts";
import type { ErrorClass } from "./contract.ts";

/** Statuses after which the same call may succeed. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Classes that say that the other side is in trouble. */
const FAILURES: ReadonlySet<ErrorClass> = new Set(["timeout", "connection", "server-error", "invalid"]);
/** Whitespace, and the mark that some write before their text. */
const BLANK = /^[\s\uFEFF]*/;

/** How a call that was answered ended. `limited`: the answer says how long to wait, or is a 429. */
export function classOfAnswer(call: FetchCall, { status, headers, text }: Fetched, limited: boolean): ErrorClass {
  if (limited) return "limited";
  if (status === 408) return "timeout";
  if (status >= 500) return "server-error";
  if (status >= 400) return "client-error";
  const isGood = status >= 200 && status <= 299;
  return isGood && call.expects === "json" && !canBeJson(text, headers["content-type"]) ? "invalid" : "none";
}

/** Whether it begins as JSON does; what is neither an object nor an array needs a content type that does not deny it. */
function canBeJson(text: string, contentType = ""): boolean {
  const first = text.charAt(BLANK.exec(text)![0].length);
  if (first === "{" || first === "[") return true;
  return /["\-0-9tfn]/.test(first) && !/html|xml|csv|image/i.test(contentType);
}

/** How a call that had no answer ended. */
export function classOfFailure({ code, message }: RuntimeError): ErrorClass {
  switch (code) {
    case "upstream-limited":
      return "rate-limit";
    case "upstream-unavailable":
      return "breaker-open";
    case "address-refused":
      return "refused";
    case "upstream-failed":
      return classOfWords(message);
    default:
      return "internal";
  }
}

/** The brokers' own words, which travel between processes as text. */
function classOfWords(message: string): ErrorClass {
  if (message.includes("gave no whole answer within")) return "timeout";
  if (message.includes("calls to the outside was lost")) return "internal";
  if (/is larger than|redirects|cannot be decoded|is no HTTP|no JSON/.test(message)) return "invalid";
  return "connection";
}

/** Whether it counts against the other side. */
export function isFailure(errorClass: ErrorClass): boolean {
  return FAILURES.has(errorClass);
}

/** Whether the same call, made again, may end otherwise. */
export function mayPass(errorClass: ErrorClass, status: number | null): boolean {
  if (status !== null && errorClass !== "invalid") return PASSING.has(status);
  return isFailure(errorClass) || errorClass === "internal";
}
