import { serveConnections } from "./serve_connections.ts";

/**
 * What happens to the next commit that passes. `lost`: it does not reach the server, and both sides are cut off. `unheard`:
 * the server commits, and the client is cut off before it hears of it. `held`: it is swallowed, and both sides wait.
 */
export type CommitFate = "lost" | "unheard" | "held";

/** A way over TCP to a Postgres on which a commit can get lost. */
export interface CommitCutter extends AsyncDisposable {
  readonly port: number;
  /** Resolves when it has happened to the next commit. */
  arm(fate: CommitFate): Promise<void>;
}

const COMMIT = "commit\0";
const COMMITTED = "COMMIT\0";

export function openCommitCutter(upstream: { readonly port: number }): CommitCutter {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  let armed: { readonly fate: CommitFate; readonly done: () => void } | null = null;

  const close = (...connections: readonly Deno.TcpConn[]) => {
    for (const connection of connections) {
      if (!open.delete(connection)) continue;
      try {
        connection.close();
      } catch {
        // The other side was faster.
      }
    }
  };
  /** Whether the bytes may pass. */
  type Judge = (text: string) => boolean;
  const pass = async (from: Deno.TcpConn, to: Deno.TcpConn, mayPass: Judge) => {
    const bytes = new Uint8Array(256 * 1024);
    try {
      for (let count = await from.read(bytes); count !== null; count = await from.read(bytes)) {
        if (!mayPass(new TextDecoder("latin1").decode(bytes.subarray(0, count)))) continue;
        for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent, count));
      }
    } catch {
      // It was cut off.
    }
    close(from, to);
  };
  const served = serveConnections(listener, async (client: Deno.TcpConn) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: upstream.port });
    for (const connection of [client, server]) open.add(connection);
    let unheard: (() => void) | null = null;
    const fromClient: Judge = (text) => {
      if (armed === null || !text.includes(COMMIT)) return true;
      const { fate, done } = armed;
      armed = null;
      if (fate === "unheard") {
        unheard = done;
        return true;
      }
      if (fate === "lost") close(client, server);
      done();
      return false;
    };
    const fromServer: Judge = (text) => {
      if (unheard === null) return true;
      if (!text.includes(COMMITTED)) return false;
      close(client, server);
      unheard();
      return false;
    };
    await Promise.all([pass(client, server, fromClient), pass(server, client, fromServer)]);
  });

  return {
    port: listener.addr.port,
    arm(fate) {
      const { promise, resolve } = Promise.withResolvers<void>();
      armed = { fate, done: resolve };
      return promise;
    },
    async [Symbol.asyncDispose]() {
      const ended = served[Symbol.asyncDispose]();
      close(...open);
      await ended;
    },
  };
}
