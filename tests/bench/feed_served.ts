import { startServer } from "../support/running_server.ts";
import { V8_FLAGS } from "./bench_command.ts";

/** One program that serves streams, and who reads them. */
export interface Served extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

export async function serveMailroom(dataDir: string): Promise<Served> {
  await Deno.mkdir(dataDir, { recursive: true });
  const env = {
    ACTORS: "tests/support/actors/mod.ts",
    LOG_LEVEL: "info",
    MAX_STREAMS: "100000",
    EVENTS_KEPT: "10000000",
    DENO_V8_FLAGS: V8_FLAGS,
  };
  const server = await startServer({ dataDir, env });
  return { pid: server.pid, port: Number(new URL(server.url).port), [Symbol.asyncDispose]: () => server.stop().then() };
}

export async function serveBare(): Promise<Served & { readonly eventBytes: number }> {
  const server = await startServer({ entry: "tests/bench/feed_bare.ts", env: { DENO_V8_FLAGS: V8_FLAGS } });
  const eventBytes = Number(/ready \S+ (\S+)/.exec(server.logs().join("\n"))?.[1]);
  return {
    pid: server.pid,
    port: Number(new URL(server.url).port),
    eventBytes,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
