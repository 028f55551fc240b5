import { RuntimeError } from "../core/errors.ts";
import { TENANT_PATTERN } from "./address.ts";
import { isMailAddress } from "./mail_url.ts";
import type { FetchCall, Fetched } from "./outcome.ts";

/** One e-mail on its way to a mail server, the body of a POST to it. The broker adds who it is from. */
export interface Letter {
  /** The part of the Message-ID before the @: the same in each attempt, so that a repeat can be told. */
  readonly id: string;
  readonly tenant: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** Ms since the epoch. */
  readonly at: number;
}

/** What a mail server said. */
export interface LetterAnswer {
  readonly messageId: string;
  /** Its reply in words, without addresses; empty where there was no server. */
  readonly reply: string;
}

/** Of a letter that was taken, refused for now, and refused for good. */
export const LETTER_STATUS = { taken: 200, notNow: 409, refused: 422 } as const;

/** The answer to a letter that goes nowhere. @throws {RuntimeError} `invalid-message` for what is none */
export function dropLetter({ upstream, body }: FetchCall): Fetched {
  const letter = parseLetter(body ?? "");
  if (letter === null) throw new RuntimeError("invalid-message", `What is posted to ${upstream} must be a letter`);
  const answer: LetterAnswer = { messageId: `<${letter.id}@dropped.invalid>`, reply: "" };
  return { status: LETTER_STATUS.taken, headers: {}, text: JSON.stringify(answer) };
}

/** What may stand in a header: no line ends, nor anything else that does not show. */
export const HEADER_TEXT = /^[^\p{Cc}\u2028\u2029]*$/u;
const ID = /^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/;

/** Null when the text is no letter that can be sent as it is. */
export function parseLetter(text: string): Letter | null {
  let letter: Letter;
  try {
    letter = JSON.parse(text);
  } catch {
    return null;
  }
  const { id, tenant, to, subject, text: body, html, at } = letter ?? {};
  const fits = ID.test(id) && !id.endsWith(".") && !id.includes("..") && TENANT_PATTERN.test(tenant) &&
    isMailAddress(String(to?.address)) && isHeaderText(to.name) && isHeaderText(subject) &&
    typeof body === "string" && (html === null || typeof html === "string") && Number.isSafeInteger(at);
  return fits ? letter : null;
}

function isHeaderText(text: unknown): boolean {
  return typeof text === "string" && HEADER_TEXT.test(text);
}
