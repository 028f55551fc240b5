import assert from "node:assert/strict";
import { serveConnections } from "../support/serve_connections.ts";
import { openTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";

interface Echo extends AsyncDisposable {
  readonly port: number;
  /** Bytes that came in. */
  readonly heard: () => number;
  /** Resolves when a connection has ended. */
  ended(): Promise<void>;
}

function openEcho(): Echo {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let heard = 0;
  const { promise: ended, resolve: onEnded } = Promise.withResolvers<void>();
  const served = serveConnections(listener, async (connection) => {
    const bytes = new Uint8Array(64 * 1024);
    try {
      for (let count = await connection.read(bytes); count !== null; count = await connection.read(bytes)) {
        heard += count;
        for (let sent = 0; sent < count;) sent += await connection.write(bytes.subarray(sent, count));
      }
    } finally {
      onEnded();
    }
  });
  return {
    port: listener.addr.port,
    heard: () => heard,
    ended: () => ended,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

const connectTo = ({ port }: TcpProxy) => Deno.connect({ hostname: "127.0.0.1", port });
const proxyTo = ({ port }: Echo) => openTcpProxy({ hostname: "127.0.0.1", port });

/** Reads so many bytes, fewer if the other side ends before. */
async function readBytes(connection: Deno.Conn, wanted: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(wanted);
  for (let filled = 0; filled < wanted;) {
    const count = await connection.read(bytes.subarray(filled));
    if (count === null) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

Deno.test("openTcpProxy() passes every byte, both ways, and an end as an end", async () => {
  await using echo = openEcho();
  await using proxy = await proxyTo(echo);
  using connection = await connectTo(proxy);
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  const writing = (async () => {
    for (let count = 0; count < sent.length;) count += await connection.write(sent.subarray(count));
    await connection.closeWrite();
  })();
  assert.deepEqual(await readBytes(connection, sent.length + 1), sent);
  await writing;
});

Deno.test("TcpProxy.reset() resets who is connected, and lets others in", async () => {
  await using echo = openEcho();
  await using proxy = await proxyTo(echo);
  using connection = await connectTo(proxy);
  await connection.write(new Uint8Array(3));
  await readBytes(connection, 3);
  proxy.reset();
  await assert.rejects(readBytes(connection, 1), Deno.errors.ConnectionReset);
  using other = await connectTo(proxy);
  await other.write(new Uint8Array(3));
  assert.equal((await readBytes(other, 3)).length, 3);
  await proxy.accepted(2);
  assert.equal(proxy.connections, 1);
});

Deno.test("TcpProxy.pause() holds back bytes and new connections until resume()", async () => {
  await using echo = openEcho();
  await using proxy = await proxyTo(echo);
  using connection = await connectTo(proxy);
  await connection.write(new Uint8Array(2));
  await readBytes(connection, 2);
  proxy.pause();
  using late = await connectTo(proxy);
  await Promise.all([connection.write(new Uint8Array(5)), late.write(new Uint8Array(7)), proxy.accepted(2)]);
  // What goes another way, later, arrives: what was paused has not.
  using direct = await Deno.connect({ hostname: "127.0.0.1", port: echo.port });
  await direct.write(new Uint8Array(1));
  await readBytes(direct, 1);
  assert.equal(echo.heard(), 3);
  await proxy.resume();
  assert.equal((await readBytes(connection, 5)).length, 5);
  assert.equal((await readBytes(late, 7)).length, 7);
});

Deno.test("TcpProxy.refuse() ends connections and refuses new ones until resume()", async () => {
  await using echo = openEcho();
  await using proxy = await proxyTo(echo);
  using connection = await connectTo(proxy);
  await connection.write(new Uint8Array(1));
  await readBytes(connection, 1);
  await proxy.refuse();
  await assert.rejects(readBytes(connection, 1), Deno.errors.ConnectionReset);
  await assert.rejects(connectTo(proxy), Deno.errors.ConnectionRefused);
  await proxy.resume();
  using again = await connectTo(proxy);
  await again.write(new Uint8Array(1));
  assert.equal((await readBytes(again, 1)).length, 1);
});

for (const side of ["client", "server"] as const) {
  Deno.test(`TcpProxy.cutAfter() lets so many bytes of the ${side} through, then cuts`, async () => {
    await using echo = openEcho();
    await using proxy = await proxyTo(echo);
    using connection = await connectTo(proxy);
    const cut = proxy.cutAfter(4, side);
    await connection.write(new Uint8Array(3));
    assert.equal((await readBytes(connection, 3)).length, 3);
    await connection.write(new Uint8Array(3));
    await cut;
    if (side === "client") await assert.rejects(readBytes(connection, 4), Deno.errors.ConnectionReset);
    else assert.equal((await readBytes(connection, 4)).length, 1);
    await echo.ended();
    assert.equal(echo.heard(), side === "client" ? 4 : 6);
  });
}
