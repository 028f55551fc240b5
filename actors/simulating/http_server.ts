import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One that can be asked with a body, and that may end a connection in the middle of its answer. */
export interface HttpServer {
  readonly url: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 60_000;

/** On 127.0.0.1; what throws ends the answer. */
export async function openHttpServer(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  port: number,
): Promise<HttpServer> {
  const handle = async (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response, await textOf(request));
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
