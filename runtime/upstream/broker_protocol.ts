import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { SerializedError } from "../core/errors.ts";
import type { BrokerSetup } from "./open_broker.ts";

/** What the server says to a broker's process; `setup` comes first, and once. */
export type ToBroker =
  | { readonly frame: "setup"; readonly setup: BrokerSetup }
  | { readonly frame: "call"; readonly id: number; readonly call: FetchCall }
  | { readonly frame: "abort"; readonly id: number };

/** What a broker's process says; the text of an answer is that of its body. A call that was aborted has no answer. */
export type FromBroker =
  | { readonly frame: "ready" }
  | { readonly frame: "answer"; readonly id: number; readonly head: Omit<Fetched, "text">; readonly text?: string }
  | { readonly frame: "failed"; readonly id: number; readonly error: SerializedError };
