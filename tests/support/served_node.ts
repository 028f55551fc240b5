import { createApp } from "../../routes/app.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import type { RuntimeError } from "../../runtime/core/errors.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { openStore } from "../../runtime/store/open.ts";
import type { System } from "../../runtime/system/contract.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { GREETING, JSON_TYPE } from "./access_calls.ts";
import { registry } from "./registry/access_registry.ts";
import { readSse, type SseReader } from "./sse_reader.ts";
import { ORIGIN } from "./test_app.ts";

/** A node on a database of its own or of several, with its HTTP side; turns run in the test's own isolate. */
export interface ServedNode extends AsyncDisposable {
  readonly system: System;
  /** What ended it, where something did. */
  readonly fatal: RuntimeError | null;
  /** A body goes as JSON; a form and a stream as they are, and a text where the headers say what it is. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Submits a job of acme. */
  submit(): Promise<Response>;
  /** The tenant's events that follow number `after`. */
  stream(after: number): Promise<SseReader>;
  stop(): Promise<void>;
}

export { registry as servedRegistry } from "./registry/access_registry.ts";

const REGISTRY_URL = new URL("./registry/access_registry.ts", import.meta.url).href;

export async function serveNode(
  { databaseUrl, node = "one", perMinute }: { databaseUrl: string; node?: string; perMinute?: number },
): Promise<ServedNode> {
  const clock = systemClock;
  const store = await openStore({ databaseUrl, registry, registryUrl: REGISTRY_URL, node, now: clock.now() });
  const random = seededRandom(store.ownership.generation);
  let fatal: RuntimeError | null = null;
  const system = createSystem({
    registry,
    store,
    createHost: (events) => createInlineHost({ registry, clock, random, events, slots: 8 }),
    clock,
    random,
    diagnostics: createDiagnostics(),
    tenantPendingLimit: 100_000,
    eventsKept: 100_000,
    onFatal: (error) => void (fatal ??= error),
  });
  await system.start();
  const app = createApp({
    system,
    clock,
    config: { port: () => 8000, maxStreams: 100, version: "0.1.0", perMinute: { tenant: perMinute } },
    reserve: store.shared?.reserve,
    onError: (error) => void (fatal ??= error as RuntimeError),
    startedAt: clock.now(),
  });
  const send: ServedNode["send"] = async (method, path, body, headers = {}) => {
    const isText = typeof body === "string" && new Headers(headers).has("content-type");
    const isRaw = body === undefined || isText || body instanceof FormData ||
      body instanceof ReadableStream;
    return await app.request(ORIGIN + path, {
      method,
      headers: { "X-Tenant": "acme", ...isRaw ? {} : JSON_TYPE, ...headers },
      ...body === undefined ? {} : { body: (isRaw ? body : JSON.stringify(body)) as BodyInit },
    });
  };
  let stopping: Promise<void> | undefined;
  const stop = () => stopping ??= system.stop({ graceMs: 100 });
  return {
    system,
    get fatal() {
      return fatal;
    },
    send,
    submit: () => send("POST", "/api/jobs", GREETING),
    stream: async (after) =>
      readSse(await send("GET", "/api/notifications/stream?named=true", undefined, { "Last-Event-ID": `${after}` })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
