import type { FetchCall, Fetched } from "../actor/outcome.ts";

/*
 * Work's way to the outside.
 *
 *   handler ─ctx.fetch─► its worker ─► server ─(may this kind?)─► Egress ─► bound ─► broker ─► upstream
 *
 * Workers, and the children they live in, have no network. A broker makes their calls: one for the upstreams that kinds
 * declare, one for addresses that users give, be it the base of a declared upstream that has none of its own. Where the platform has processes each is a process of its own, started at
 * its first call with the least permissions that its calls need; elsewhere the same code runs in the server's process.
 *
 * DESIGN.md first had the broker in the main isolate of the child that runs handlers. It moved out because a hung
 * handler costs that child, and with it would go its neighbours' calls; and so that the children that run handlers hold
 * no net permission at all. A broker runs no handler's code.
 *
 * - A call is checked three times: in the turn (for a clear error), in the server (a worker's word is not enough), and
 *   for addresses that users give at each connection: see reach.ts.
 * - Calls are at most `EGRESS_LIMITS.atOnce` at a time for each broker, and a bounded number wait: beyond it is `overloaded`.
 * - A broker that dies is replaced at the next call; what was under way fails as `upstream-failed`, which is retried.
 * - Connections are kept for later calls: see send_by_fetch.ts, send_by_socket.ts. Nothing else here makes a call again than
 *   what a kept connection cost: what a fresh one comes to is the call's failure.
 * - What an answer may hold is the upstream's to say, and what all of a broker's may hold together is bounded: `overloaded`.
 */
export interface Egress {
  /**
   * Resolves for every status.
   * @throws {RuntimeError} `address-refused`, `upstream-failed`, `overloaded`, `stopping`, `invalid-config`; the signal's
   * reason when it aborts
   */
  fetch(call: FetchCall, signal: AbortSignal): Promise<Fetched>;
  /** Mail servers to which letters are dropped: their turns need not ask. None by default. */
  readonly drops?: readonly string[];
  /** What is under way fails as `stopping`. A second call does nothing. */
  stop(): Promise<void>;
}

/** Whether users said where a call leads, with the whole address or with its base. */
export function isUserGiven({ upstream, baseUrl }: FetchCall): boolean {
  return upstream === null || baseUrl !== null;
}

/** Makes calls, each once. */
export interface Broker {
  call(call: FetchCall, signal: AbortSignal): Promise<Fetched>;
  stop(): Promise<void>;
}
