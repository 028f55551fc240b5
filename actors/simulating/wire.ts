import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { joined, type PlannedAnswer } from "./answers.ts";

/** A request without a body. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  /** What it shows of who asks; null without. */
  readonly authorization: string | null;
  /** The connection ended while it was unanswered. */
  readonly signal: AbortSignal;
}

/** An HTTP/1.1 server that can also answer as none should. */
export interface Wire {
  readonly port: number;
  /** Ends every connection; the port is free when it resolves. */
  close(): Promise<void>;
}

/** Null: no answer ever comes, and the connection ends. `sent` is called when the kernel has the whole answer. */
export type Respond = (request: WireRequest) => Promise<{ answer: PlannedAnswer; sent?: () => void } | null>;

const HEAD_END = "\r\n\r\n";
const MOST_HEAD = 64 * 1024;

/** On 127.0.0.1; requests of one connection are answered one after the other. */
export async function openWire(respond: Respond, port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const gone = new AbortController();
    socket.on("close", () => {
      sockets.delete(socket);
      gone.abort();
    });
    socket.on("error", () => socket.destroy());
    let head = "";
    let isBusy = false;
    const next = async () => {
      if (isBusy) return;
      isBusy = true;
      for (let end = head.indexOf(HEAD_END); end >= 0 && !socket.destroyed; end = head.indexOf(HEAD_END)) {
        const request = requestOf(head.slice(0, end), gone.signal);
        head = head.slice(end + HEAD_END.length);
        const response = request === null ? null : await respond(request);
        if (response === null) socket.destroy();
        else await send(socket, response.answer, response.sent);
      }
      isBusy = false;
    };
    socket.on("data", (bytes: Buffer) => {
      head += bytes.toString("latin1");
      if (head.length > MOST_HEAD) socket.destroy();
      else void next();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function requestOf(head: string, signal: AbortSignal): WireRequest | null {
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.1(?:\r\n|$)/.exec(head) ?? [];
  const url = target === undefined ? null : URL.parse(target, "http://127.0.0.1");
  const [, authorization = null] = /\r\nauthorization: *([^\r\n]*)/i.exec(head) ?? [];
  return url === null ? null : { method: method!, url, authorization, signal };
}

async function send(
  socket: Socket,
  { status, headers, body, ending }: PlannedAnswer,
  sent?: () => void,
): Promise<void> {
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  const lines = Object.entries({ ...headers, "content-length": length }).map(([name, value]) => `${name}: ${value}`);
  const head = new TextEncoder().encode(`HTTP/1.1 ${status} -\r\n${lines.join("\r\n")}${HEAD_END}`);
  if (ending === undefined) {
    const isSent = await written(socket, joined([head, ...body]));
    if (isSent) sent?.();
    return;
  }
  const whole = joined(body);
  await written(socket, joined([head, whole.subarray(0, Math.floor(whole.length / 2))]));
  if (ending === "reset") socket.resetAndDestroy();
  else socket.destroy();
}

function written(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve(false);
    const gone = () => resolve(false);
    socket.once("close", gone);
    socket.write(bytes, (error?: Error | null) => {
      socket.off("close", gone);
      resolve(!error);
    });
  });
}
