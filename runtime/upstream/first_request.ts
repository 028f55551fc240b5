import type { FetchCall } from "../actor/outcome.ts";
import type { OutsideRequest } from "./redirected.ts";

const encoder = new TextEncoder();

/** Bodies travel as bytes, so that nobody adds a content type to them. */
export function firstRequest(url: URL, { method, headers, body }: FetchCall): OutsideRequest {
  return {
    url,
    method,
    headers: { "user-agent": "Mailroom", ...headers },
    body: body === null ? null : encoder.encode(body),
  };
}
