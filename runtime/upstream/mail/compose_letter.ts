import type { SendMailOptions } from "nodemailer";
import type { AddressedLetter } from "./carrier.ts";

/** A letter as nodemailer takes it, which encodes names and subjects for their headers. */
export function composeLetter(letter: AddressedLetter): SendMailOptions {
  const { messageId, from, to, subject, text, html, at, headers } = letter;
  return {
    messageId,
    from: { ...from },
    to: { ...to },
    envelope: { from: from.address, to: [to.address] },
    subject,
    text,
    ...(html === null ? {} : { html }),
    date: new Date(at),
    headers: { ...headers },
    // What a letter says is never a path, nor an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
