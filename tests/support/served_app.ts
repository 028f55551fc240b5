import type { Authentication } from "../../routes/access/authentication.ts";
import { createApp } from "../../routes/app.ts";
import type { AppConfig } from "../../routes/env.ts";
import { clientAddress } from "../../routes/limits/client_address.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { before } from "./deadline.ts";
import { setup, type SetupOptions, type TestSystem } from "./test_system.ts";

/** The HTTP side over a real node, listening on a port of its own. */
export interface ServedApp extends AsyncDisposable {
  readonly node: TestSystem;
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** What went to the log. */
  readonly errors: readonly unknown[];
  /** Sends bytes as they are and answers the first response that comes back, then goes away. */
  raw(...pieces: readonly string[]): Promise<string>;
}

interface ServeOptions extends SetupOptions, Pick<AppConfig, "maxRequests" | "perMinute" | "corsOrigins"> {
  readonly maxStreams?: number;
  readonly proxies?: number;
  readonly authentication?: Authentication;
}

export async function serveApp(options: ServeOptions = {}): Promise<ServedApp> {
  const { maxStreams = 100, maxRequests = 10_000, perMinute = {}, corsOrigins = [], proxies = 0 } = options;
  const node = await setup(options);
  const errors: unknown[] = [];
  const app = createApp({
    system: node.system,
    clock: systemClock,
    config: { port: () => server.addr.port, maxStreams, maxRequests, perMinute, corsOrigins, version: "0.1.0" },
    addressOf: clientAddress(proxies),
    ...(options.authentication === undefined ? {} : { authentication: options.authentication }),
    onError: (error) => errors.push(error),
    startedAt: systemClock.now(),
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  const { port } = server.addr;
  /** The server learns a turn or two later that a client has gone. */
  const streamsEnded = async () => {
    for (;;) {
      const { streams } = await (await app.request(`http://127.0.0.1:${port}/health`)).json();
      if (streams === 0) return;
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  return {
    node,
    url: `http://127.0.0.1:${port}`,
    port,
    errors,
    raw: (...pieces) => exchange(port, pieces),
    async [Symbol.asyncDispose]() {
      node.system.feed.close();
      await before(streamsEnded(), 5_000, () => new Error("Event streams stayed open"));
      await server.shutdown();
      await node[Symbol.asyncDispose]();
    },
  };
}

async function exchange(port: number, pieces: readonly string[]): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // The server may answer before it has read everything, and then reads no more.
  const writing = write(connection, pieces).catch(() => {});
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  while (!isWhole(text)) {
    const read = await connection.read(buffer).catch(() => null);
    if (read === null) break;
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
  connection.close();
  await writing;
  return text;
}

async function write(connection: Deno.Conn, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    let rest = new TextEncoder().encode(piece);
    while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
  }
}

function isWhole(response: string): boolean {
  const [head = "", body] = response.split("\r\n\r\n", 2);
  return body !== undefined && body.length >= Number(/content-length: (\d+)/i.exec(head)?.[1]);
}
