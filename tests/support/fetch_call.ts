import type { FetchCall, Fetched } from "../../runtime/actor/outcome.ts";
import type { Broker } from "../../runtime/upstream/egress.ts";
import { before, PATIENCE_MS } from "./deadline.ts";

/** A GET of a user-given address unless it says otherwise. */
export function fetchCall(url: string, call: Partial<FetchCall> = {}): FetchCall {
  return {
    upstream: null,
    url,
    baseUrl: null,
    idempotent: true,
    expects: "anything",
    method: "GET",
    headers: {},
    body: null,
    timeoutMs: null,
    redirect: "follow",
    webhookId: null,
    ...call,
  };
}

/** Makes the call, with nobody to abort it unless a signal is given. @throws {Error} when it does not end */
export function make(
  broker: Pick<Broker, "call">,
  url: string,
  { signal = new AbortController().signal, ...call }: Partial<FetchCall> & { signal?: AbortSignal } = {},
): Promise<Fetched> {
  const made = broker.call(fetchCall(url, call), signal);
  return before(made, PATIENCE_MS, () => new Error(`The call of ${url} does not end`));
}
