import type { OutsideAnswer } from "./exchange.ts";
import type { OutsideRequest } from "./redirected.ts";

export type Fetch = typeof fetch;

/** The platform's own. */
// deno-lint-ignore mailroom/clocks -- brokers take it as an argument; this is what it is
export const platformFetch: Fetch = globalThis.fetch;

/** Sends through `fetch`, which checks names against the process's permissions, keeps connections and decodes bodies. */
export async function sendByFetch(fetch: Fetch, request: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer> {
  const { url, method, headers, body } = request;
  const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
  return {
    status: response.status,
    headers: response.headers,
    body: response.body ?? NO_BODY,
    discard: () => void response.body?.cancel().catch(() => {}),
  };
}

const NO_BODY: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };
