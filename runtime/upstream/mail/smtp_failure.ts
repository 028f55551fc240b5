import { RuntimeError } from "../../core/errors.ts";
import { failure } from "../failure.ts";
import type { Carried } from "./carrier.ts";

/** What nodemailer tells of a letter that was not sent. */
interface SmtpError {
  readonly code?: string;
  /** Of the server's reply. */
  readonly responseCode?: number;
  readonly response?: string;
  /** What it was a reply to. */
  readonly command?: string;
}

/** Logins, and what a server says instead of a login that it wants. */
const LOGIN_CODES: readonly number[] = [530, 534, 535, 538];
const MOST_CHARS = 300;

/**
 * What became of a letter that a server did not take: refused for good or for now, as its reply begins with 5 or 4.
 * A server that does not work as a whole is an error instead, which counts against it: no connection, no login, 421. It says
 * nothing about the letter, nor does a refused sender, who is that of all letters.
 * @throws {RuntimeError} `upstream-failed`
 * @see RFC 5321, section 4.2.1
 */
export function smtpFailure(thrown: unknown, { name, to }: { name: string; to: string }): Carried {
  const { code, responseCode = 0, response = "", command = "" } = thrown as SmtpError;
  if (code === "EAUTH" || LOGIN_CODES.includes(responseCode)) {
    throw failed(`${name} lets nobody in: it does not take the user and password that it was given`, thrown);
  }
  const isOfLetter = code === "EENVELOPE" || code === "EMESSAGE";
  if (!isOfLetter || responseCode === 421) {
    if (responseCode === 0) throw failure(thrown, name);
    throw failed(`${name} does not work: ${shownReply(response, to)}`, thrown);
  }
  const isLasting = responseCode === 0 || responseCode >= 500;
  const reply = shownReply(responseCode === 0 ? (thrown as Error).message : response, to);
  return { end: isLasting && command !== "MAIL FROM" ? "refused" : "not-now", reply };
}

/** One line without what says who was written to: servers repeat addresses, and link to pages about them. */
export function shownReply(reply: string, to: string): string {
  const [local = ""] = to.split("@");
  const line = reply.replace(/\s+/g, " ").trim()
    .replace(/(https?:\/\/[^\s?#]*)[?#]\S*/gi, "$1")
    .replace(/<?[^\s<>@]+(?:@|%40)[^\s<>@,;:]+>?/g, "(address)");
  const bare = local.length > 1 ? line.replaceAll(wordOf(local), "(address)") : line;
  return bare.slice(0, MOST_CHARS);
}

function wordOf(text: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(text)}(?![A-Za-z0-9])`, "gi");
}

function failed(message: string, cause: unknown): RuntimeError {
  return new RuntimeError("upstream-failed", message, { retryable: true, cause });
}
