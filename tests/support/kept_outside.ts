import { before, PATIENCE_MS } from "./deadline.ts";
import { serveConnections } from "./serve_connections.ts";

/** A request without a body, and where it came from. */
export interface KeptRequest {
  /** Of all that were accepted, from 1. */
  readonly connection: number;
  /** Of those of its connection, from 1. */
  readonly nth: number;
  readonly method: string;
  readonly path: string;
}

/** The bytes of an answer; `after`: what becomes of the connection when they are sent. Null: it is closed without a byte. */
export type KeptAnswer = { readonly bytes: string; readonly after: "kept" | "closed" } | null;

/** An HTTP server on a loopback address that counts connections and does with each what a test says. */
export interface KeptOutside extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly KeptRequest[];
  /** Says something on all connections that are open, unasked. */
  say(bytes: string): Promise<void>;
  /** Resolves when so many connections have ended. */
  untilEnded(count: number): Promise<void>;
}

const OK: KeptAnswer = { bytes: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", after: "kept" };

export function openKept(
  { hostname = "127.0.0.1", port = 0, answer = () => OK }: {
    hostname?: string;
    port?: number;
    answer?: (request: KeptRequest) => KeptAnswer;
  } = {},
): KeptOutside {
  const listener = Deno.listen({ hostname, port });
  const requests: KeptRequest[] = [];
  const open = new Set<Deno.TcpConn>();
  let connections = 0;
  let ended = 0;
  let told = Promise.withResolvers<void>();

  const write = async (connection: Deno.TcpConn, bytes: Uint8Array) => {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  };
  const converse = async (connection: Deno.TcpConn, number: number) => {
    let text = "";
    for (let nth = 1;; nth++) {
      while (!text.includes("\r\n\r\n")) {
        const chunk = new Uint8Array(16 * 1024);
        const count = await connection.read(chunk);
        if (count === null) return;
        text += new TextDecoder().decode(chunk.subarray(0, count));
      }
      const [method = "", path = ""] = text.split(" ");
      text = text.slice(text.indexOf("\r\n\r\n") + 4);
      const request = { connection: number, nth, method, path };
      requests.push(request);
      const given = answer(request);
      if (given !== null) await write(connection, new TextEncoder().encode(given.bytes));
      if (given?.after !== "kept") return;
    }
  };
  const served = serveConnections(listener, async (connection) => {
    open.add(connection);
    try {
      await converse(connection, ++connections);
    } finally {
      open.delete(connection);
      ended++;
      told.resolve();
      told = Promise.withResolvers();
    }
  });
  return {
    url: `http://${hostname}:${listener.addr.port}`,
    port: listener.addr.port,
    requests,
    get connections() {
      return connections;
    },
    say: async (bytes) =>
      void await Promise.all([...open].map((connection) => write(connection, new TextEncoder().encode(bytes)))),
    async untilEnded(count) {
      const all = async () => {
        while (ended < count) await told.promise;
      };
      await before(all(), PATIENCE_MS, () => new Error(`Of ${connections} connections ${ended} have ended`));
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}
