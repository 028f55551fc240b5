import { serveConnections } from "./serve_connections.ts";

/** A TCP server on 127.0.0.1 that answers every connection with these bytes and then closes it. */
export interface RawOutside extends AsyncDisposable {
  readonly url: string;
}

export function openRawOutside(answer: string): RawOutside {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bytes = new TextEncoder().encode(answer);
  const served = serveConnections(listener, async (connection) => {
    await connection.read(new Uint8Array(4_096));
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  });
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}
