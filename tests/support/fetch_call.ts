import type { FetchCall, Fetched } from "../../runtime/actor/outcome.ts";
import type { Broker } from "../../runtime/upstream/egress.ts";

/** A GET of a user-given address unless it says otherwise. */
export function fetchCall(url: string, call: Partial<FetchCall> = {}): FetchCall {
  return {
    upstream: null,
    url,
    method: "GET",
    headers: {},
    body: null,
    timeoutMs: null,
    redirect: "follow",
    webhookId: null,
    ...call,
  };
}

/** Makes the call with nobody to abort it. */
export function make(broker: Broker, url: string, call: Partial<FetchCall> = {}): Promise<Fetched> {
  return broker.call(fetchCall(url, call), new AbortController().signal);
}
