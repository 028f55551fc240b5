import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";

/** A way to a server that counts how often somebody waits for it. */
export interface RoundTrips extends AsyncDisposable {
  readonly port: number;
  /** How often the server had something to say after the other side had said something: requests sent together are one. */
  readonly count: number;
}

export async function countRoundTrips(to: { readonly hostname: string; readonly port: number }): Promise<RoundTrips> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to.port, to.hostname);
    let asked = false;
    client.on("data", () => void (asked = true));
    upstream.on("data", () => {
      if (asked) count++;
      asked = false;
    });
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
