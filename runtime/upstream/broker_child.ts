/**
 * The process of a broker: makes the calls that come through its socket. It runs no handler.
 *
 * It obeys its socket alone: SIGINT, SIGTERM and SIGHUP, which a terminal or a service manager sends to the group, are
 * ignored, and it exits when the socket closes, so a killed server leaves no orphan, nor the folder of its sockets.
 */
import { dirname } from "node:path";
import type { FetchCall } from "../actor/outcome.ts";
import { systemClock } from "../core/clock.ts";
import { serializeError } from "../core/errors.ts";
import { readFrames } from "../host/frame_reader.ts";
import { FrameWriter } from "../host/frame_writer.ts";
import type { FromBroker, ToBroker } from "./broker_protocol.ts";
import type { Broker } from "./egress.ts";
import { openBroker } from "./open_broker.ts";

async function serve(socketPath: string): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  const socket = await Deno.connect({ transport: "unix", path: socketPath });
  const writer = new FrameWriter<FromBroker>(socket);
  const open = new Map<number, AbortController>();
  let broker: Broker | null = null;

  const make = async (id: number, call: FetchCall, signal: AbortSignal): Promise<void> => {
    try {
      const { text, ...head } = await broker!.call(call, signal);
      if (!signal.aborted) writer.write({ frame: "answer", id, head }, text);
    } catch (thrown) {
      if (!signal.aborted) writer.write({ frame: "failed", id, error: serializeError(thrown, "internal") });
    } finally {
      open.delete(id);
    }
  };
  await readFrames<ToBroker>(socket, (frame) => {
    if (frame.frame === "setup") {
      broker = openBroker(frame.setup, { clock: systemClock });
      writer.write({ frame: "ready" });
    } else if (frame.frame === "abort") open.get(frame.id)?.abort();
    else {
      const abort = new AbortController();
      open.set(frame.id, abort);
      make(frame.id, frame.call, abort.signal);
    }
  });
}

/** Connections tell of their trouble in odd places; the call they belong to ends by its own error or its time. */
function outlive(event: Event, thrown: unknown): void {
  event.preventDefault();
  const { name = typeof thrown, code = "" } = (thrown ?? {}) as { name?: string; code?: string };
  // deno-lint-ignore no-console -- the server reads the last lines if this process ends; messages may hold addresses
  console.error("outside of any call:", name, code);
}

globalThis.addEventListener("error", (event) => outlive(event, event.error));
globalThis.addEventListener("unhandledrejection", (event) => outlive(event, event.reason));

const socketPath = Deno.args[0]!;
await serve(socketPath);
try {
  // A server that lives kills its brokers before it closes their sockets; so here it is gone, and its folder useless.
  Deno.removeSync(dirname(socketPath), { recursive: true });
} catch {
  // The other broker was first.
}
Deno.exit(0);
