/** Lets `serve` have each connection that the listener accepts, and closes it after; disposing waits until all were served. */
export function serveConnections<C extends Deno.Conn>(
  listener: { accept(): Promise<C>; close(): void },
  serve: (connection: C) => Promise<void>,
): AsyncDisposable {
  const one = async (connection: C) => {
    try {
      await serve(connection);
    } catch {
      // The other side has gone.
    } finally {
      close(connection);
    }
  };
  const served = (async () => {
    const all: Promise<void>[] = [];
    try {
      for (;;) all.push(one(await listener.accept()));
    } catch {
      // The listener was closed.
    }
    await Promise.all(all);
  })();
  return {
    async [Symbol.asyncDispose]() {
      close(listener);
      await served;
    },
  };
}

function close(closable: { close(): void }): void {
  try {
    closable.close();
  } catch {
    // It was closed by whoever served it.
  }
}
