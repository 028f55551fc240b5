import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Who sends the bytes. */
export type ProxySide = "client" | "server";

/**
 * A way over TCP to a real server that a test can spoil; on 127.0.0.1.
 *
 *   open ──pause()──► paused ──resume()──► open;  open | paused ──refuse()──► refusing ──resume()──► open
 */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Resolves when there have been so many connections in all. */
  accepted(count: number): Promise<void>;
  /** From now on no byte gets through, either way, and nobody is told: connections stay open, new ones are accepted. */
  pause(): void;
  /** What was held back goes through; connections are accepted again. */
  resume(): Promise<void>;
  /** Ends every connection with a reset (RST), now; what they held back is lost. New ones are accepted. */
  reset(): void;
  /** As `reset`, and nobody listens any more: new connections are refused. */
  refuse(): Promise<void>;
  /**
   * Lets so many more bytes of that side through, on all connections together, then cuts the one that bore the last: who
   * sent them is reset, the other side has them and an end. Resolves when that has happened. A later call takes the place
   * of one before, which never resolves then.
   */
  cutAfter(bytes: number, side: ProxySide): Promise<void>;
}

/** @throws where nobody listens at `upstream`, connections are ended with a reset */
export async function openTcpProxy(upstream: { readonly hostname: string; readonly port: number }): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const cutOff = new WeakSet<Socket>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let count = 0;
  let paused = false;
  let cut: { left: number; readonly side: ProxySide; readonly done: () => void } | null = null;

  const end = (pair: readonly [Socket, Socket]) => {
    pairs.delete(pair);
    for (const socket of pair) socket.resetAndDestroy();
  };
  const pass = (pair: readonly [Socket, Socket], from: ProxySide) => {
    const [source, target] = from === "client" ? pair : [pair[1], pair[0]];
    source.on("data", (bytes: Buffer) => {
      if (cut === null || cut.side !== from || bytes.length < cut.left) {
        if (cut?.side === from) cut.left -= bytes.length;
        if (!target.write(bytes)) source.pause();
        return;
      }
      const { left, done } = cut;
      cut = null;
      cutOff.add(source);
      source.resetAndDestroy();
      target.end(bytes.subarray(0, left), done);
    });
    target.on("drain", () => paused || source.resume());
    source.on("end", () => target.end());
    source.on("error", () => end(pair));
    source.on("close", () => {
      if (cutOff.has(source)) return;
      pairs.delete(pair);
      target.destroy();
    });
  };
  const accept = (client: Socket) => {
    const server = connect({ host: upstream.hostname, port: upstream.port, allowHalfOpen: true });
    for (const socket of [client, server]) socket.setNoDelay(true);
    const pair = [client, server] as const;
    pairs.add(pair);
    pass(pair, "client");
    pass(pair, "server");
    if (paused) { for (const socket of pair) socket.pause(); }
    count++;
    for (const { count: wanted, resolve } of waiting) if (count >= wanted) resolve();
  };
  const listen = async (port: number): Promise<Server> => {
    const server = createServer({ allowHalfOpen: true }, accept);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  let listener: Server | null = await listen(0);
  const { port } = listener.address() as { port: number };
  const reset = () => {
    for (const pair of pairs) end(pair);
  };
  const refuse = async () => {
    const closing = listener;
    listener = null;
    reset();
    if (closing !== null) await new Promise<void>((resolve) => void closing.close(() => resolve()));
  };

  return {
    port,
    get connections() {
      return pairs.size;
    },
    accepted(wanted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (count >= wanted) resolve();
      else waiting.push({ count: wanted, resolve });
      return promise;
    },
    pause() {
      paused = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    async resume() {
      paused = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
      listener ??= await listen(port);
    },
    reset,
    refuse,
    cutAfter(bytes, side) {
      const { promise, resolve } = Promise.withResolvers<void>();
      cut = { left: bytes, side, done: resolve };
      return promise;
    },
    [Symbol.asyncDispose]: refuse,
  };
}
