import type { Host, HostEvents } from "../../host/contract.ts";
import type { Diagnostics } from "../../observe/diagnostics.ts";
import type { Store } from "../../store/contract.ts";
import type { Egress } from "../../upstream/egress.ts";
import type { System } from "../contract.ts";

/**
 * What a node tells a collector of OpenTelemetry, by Deno's own exporter. It stands around the parts of a node, each as it is:
 * where it is turned off nothing of it is loaded, and no part knows of it.
 *
 *   request (Deno) ─► commit ─► turn ─► call to an upstream (`traceparent` goes along)
 *                        └ event   └─► commit ─► event
 *                                         └─► turn of a message that was sent ─► ...
 *
 * The spans of a turn are made in the server, of what its host reports: handlers and their processes know of none. Which
 * message belongs to which trace is kept in memory, of the newest 10,000: a turn of an older one, or after a restart, or of
 * another node's message, begins a trace of its own, with the message's id.
 */
export interface Telemetry {
  host(create: (events: HostEvents) => Host): (events: HostEvents) => Host;
  store(store: Store): Store;
  egress(egress: Egress): Egress;
  system(system: System): System;
  /** To be told, within a request, to which route it came: Deno knows its path only. */
  request(method: string, route: string): void;
  /** For the log: its lines of a message are told within the message's trace. */
  diagnostics(diagnostics: Diagnostics): Diagnostics;
}
