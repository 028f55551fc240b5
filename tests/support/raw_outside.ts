/** A TCP server on 127.0.0.1 that answers every connection with these bytes and then closes it. */
export interface RawOutside extends AsyncDisposable {
  readonly url: string;
}

export function openRawOutside(answer: string): RawOutside {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const bytes = new TextEncoder().encode(answer);
  const serve = async (connection: Deno.TcpConn) => {
    try {
      await connection.read(new Uint8Array(4_096));
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    } catch {
      // The caller has gone.
    } finally {
      connection.close();
    }
  };
  const served = (async () => {
    const all: Promise<void>[] = [];
    try {
      for (;;) all.push(serve(await listener.accept()));
    } catch {
      // The listener was closed.
    }
    await Promise.all(all);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
    },
  };
}
