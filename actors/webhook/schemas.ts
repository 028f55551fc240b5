import { z } from "zod";
import { isReservedHeader } from "../authoring.ts";

const MOST_HEADERS = 20;
const url = z.string().max(2_048).refine(isHttp, "must be an http or https URL without a user name or password");

const headers = z.record(
  z.string().max(100).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "must be the name of a header").refine(
    (name) => !isReservedHeader(name) && !/^(webhook-.*|content-type|content-encoding)$/i.test(name),
    "is set by Mailroom",
  ),
  z.string().max(1_024).regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII"),
).refine((all) => Object.keys(all).length <= MOST_HEADERS, `must be at most ${MOST_HEADERS}`);

export const webhookPayload = z.strictObject({
  url,
  /** Any JSON; sent as it is. */
  body: z.json(),
  headers: headers.optional(),
});

export const webhookResult = z.object({
  /** What the receiver answered: 200-299. */
  status: z.int(),
  /** How many it took. */
  attempts: z.int(),
});

function isHttp(text: string): boolean {
  const parsed = URL.parse(text);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "" && parsed.password === "";
}
