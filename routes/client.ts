import { type ClientRequestOptions, hc } from "hono/client";
import type { App } from "./app.ts";

/*
 * What scripts and pages speak to the server with. It runs in browsers: of the rest of this folder it imports types alone.
 */

export type { ClientRequestOptions, InferRequestType, InferResponseType } from "hono/client";
export type { App } from "./app.ts";
export { EventStreamError, followEvents, type FollowOptions, type StreamedEvent } from "./follow_events.ts";

export type Client = ReturnType<typeof hc<App>>;

/**
 * The routes as typed functions; `url` is where the server answers, without a path.
 *
 * @example
 * ```ts ignore
 * const { api } = createClient("http://127.0.0.1:8000", { headers: { Authorization: `Bearer ${token}` } });
 * const response = await api.jobs.$get({ query: { status: "failed" } });
 * ```
 */
export function createClient(url: string, options?: ClientRequestOptions): Client {
  return hc<App>(url, options);
}
