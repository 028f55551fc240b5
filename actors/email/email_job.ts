import { defineJob } from "../authoring.ts";
import { mailServer } from "./mail_server.ts";
import { emailPayload, emailResult } from "./schemas.ts";
import { sendLetter } from "./send_letter.ts";

/** Sends one letter to one person, as SMTP_URL says: by a mail server, into files, or nowhere. */
export const emailJob = defineJob({
  type: "email",
  payload: emailPayload,
  result: emailResult,
  upstreams: [mailServer],
  timeoutMs: 60_000,
  // Greylisting ends after minutes, and servers that are down after hours.
  retry: { maxAttempts: 8, baseMs: 30_000, maxMs: 3_600_000 },
  run: sendLetter,
});
