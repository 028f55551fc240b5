import type { ConnectionPool } from "./connection_pool.ts";
import type { OutsideAnswer } from "./exchange.ts";
import { HttpConnection } from "./http_connection.ts";
import type { OutsideRequest } from "./redirected.ts";

/*
 * HTTP/1.1 by hand, for the addresses that users give: `fetch` resolves names itself, so it cannot be held to the address that
 * was checked, and `node:http` loses errors, each of which ends the process (on Deno Deploy, the server).
 *
 * A connection is kept for the next request to the same origin and address. Whoever keeps one cannot know whether the other
 * side is closing it just now, so only what may be made again leaves on a kept one; where that ends before an answer, or with
 * 408, which servers say to one that waited too long (RFC 9110, section 15.5.9), the request leaves once more, on a fresh
 * one, and what happens there is what the caller hears.
 */

export interface SendOptions {
  /** Those that the URL's name was found to have; it goes to no other. */
  readonly addresses: readonly string[];
  /** The other side may see the request twice. */
  readonly mayRepeat: boolean;
  readonly signal: AbortSignal;
}

/** Sends to the next address when a connection cannot be made. Without a pool each request has a connection of its own. */
export async function sendBySocket(
  request: OutsideRequest,
  { addresses, mayRepeat, signal }: SendOptions,
  pool: ConnectionPool | null,
): Promise<OutsideAnswer> {
  const send = (connection: HttpConnection) =>
    connection.send(request, { signal, onFree: pool === null ? null : (free) => pool.keep(free) });
  const kept = mayRepeat && pool !== null ? pool.take(request.url.origin, addresses) : null;
  if (kept !== null) {
    const answer = await send(kept).catch(() => null);
    signal.throwIfAborted();
    if (answer !== null && answer.status !== 408) return answer;
    answer?.discard();
  }
  return await send(await HttpConnection.open(request.url, { addresses, signal }));
}
