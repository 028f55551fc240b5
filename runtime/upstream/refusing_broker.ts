import { RuntimeError } from "../core/errors.ts";
import type { Broker } from "./egress.ts";

/**
 * For Deno Deploy. Calls to addresses that users give are held to the address that was checked by `node:http`, and that of
 * Deno 2.5 loses errors, each of which ends the process, and never ends a body that was given up; its `fetch` cannot be held to
 * an address. Elsewhere such a loss would cost a broker's process, but nothing is known of processes there.
 */
export function createRefusingBroker(): Broker {
  const refusal = () =>
    new RuntimeError(
      "not-permitted",
      "On Deno Deploy no addresses that users give are called: run this kind of job on a server of your own",
    );
  return { call: () => Promise.reject(refusal()), stop: () => Promise.resolve() };
}
