import type { FetchCall, Fetched } from "../actor/outcome.ts";

/*
 * Work's way to the outside.
 *
 *   handler ─ctx.fetch─► its worker ─► server ─(may this kind?)─► Egress ─► bound ─► broker ─► upstream
 *
 * Workers, and the children they live in, have no network. A broker makes their calls: one for the upstreams that kinds
 * declare, one for addresses that users give. Where the platform has processes each is a process of its own, started at
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
 * - Nothing here retries: an attempt's failure is its turn's, and the turn's policy decides.
 */
export interface Egress {
  /**
   * Resolves for every status.
   * @throws {RuntimeError} `address-refused`, `upstream-failed`, `overloaded`, `stopping`, `invalid-config`; the signal's
   * reason when it aborts
   */
  fetch(call: FetchCall, signal: AbortSignal): Promise<Fetched>;
  /** What is under way fails as `stopping`. A second call does nothing. */
  stop(): Promise<void>;
}

/** Makes calls, each once. */
export interface Broker {
  call(call: FetchCall, signal: AbortSignal): Promise<Fetched>;
  stop(): Promise<void>;
}
