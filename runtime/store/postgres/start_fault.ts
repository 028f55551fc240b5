import { RuntimeError } from "../../core/errors.ts";
import { sqlState, storageFault } from "./faults.ts";

/** By the server's codes, or the first two characters of them. */
const ADVICE: Readonly<Record<string, string>> = {
  "08P01": "Name the server itself (DATABASE_URL): nodes keep sessions with settings of their own",
  "25006": "DATABASE_URL has to name the server that takes writes; one that follows it belongs in DATABASE_READ_URL",
  "28": "Look at user and password in its address (DATABASE_URL), and at pg_hba.conf on the server",
  "3D000": "Make it with createdb, or look at the name in its address (DATABASE_URL)",
  "53300": "A node has up to 20 connections: raise max_connections there, or run fewer nodes",
};
const OTHERWISE =
  "Look at host and port in its address (DATABASE_URL), where characters like @ and / of a password have to " +
  "be percent-encoded, and whether the server runs and lets this machine through";

/** As {@linkcode storageFault}, with what a person can do who has just started the program; nothing of the address. */
export function startFault(thrown: unknown): RuntimeError | undefined {
  const fault = storageFault(thrown);
  if (fault?.code !== "storage-unavailable" || fault === thrown) return fault;
  const state = sqlState(thrown);
  const advice = /password/.test(fault.message)
    ? ADVICE["28"]
    : state === undefined
    ? OTHERWISE
    : ADVICE[state] ?? ADVICE[state.slice(0, 2)];
  if (advice === undefined) return fault;
  return new RuntimeError(fault.code, `${fault.message}. ${advice}`, { retryable: fault.retryable, cause: thrown });
}
