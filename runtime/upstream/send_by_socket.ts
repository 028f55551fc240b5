import { type Readable } from "node:stream";
import { createBrotliDecompress } from "node:zlib";
import { type AnswerHead, type Framing, framingOf, parseHead } from "./answer_head.ts";
import { ByteReader } from "./byte_reader.ts";
import type { OutsideAnswer } from "./exchange.ts";
import type { OutsideRequest } from "./redirected.ts";

const HEAD_BYTES = 64 * 1024;
const READ_BYTES = 64 * 1024;
/** Interim answers before the one that counts. */
const MOST_INTERIM = 5;

/*
 * HTTP/1.1 by hand, one request a connection, for the server's own process on Deno Deploy. Its Deno (2.5) has no other way to
 * hold a call to the address that was checked: `fetch` resolves names itself, and `node:http` loses errors, each of which
 * ends the process. The connection goes to the address and nowhere else; TLS is for the name.
 * @see RFC 9112
 */

/** Sends to one of `addresses`, the next one when a connection cannot be made, whatever the URL's name resolves to by now. */
export async function sendBySocket(
  request: OutsideRequest,
  { addresses, signal }: { addresses: readonly string[]; signal: AbortSignal },
): Promise<OutsideAnswer> {
  for (const [index, address] of addresses.entries()) {
    let connection: Deno.Conn;
    try {
      connection = await connect(address, request.url, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (index === addresses.length - 1) throw error;
      continue;
    }
    return await converse(connection, request, signal);
  }
  throw new TypeError("There is no address to send to");
}

async function connect(hostname: string, url: URL, signal: AbortSignal): Promise<Deno.Conn> {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const connecting = Deno.connect({ hostname, port });
  const gone = Promise.withResolvers<never>();
  const onAbort = () => {
    gone.reject(signal.reason);
    connecting.then((late) => late.close(), () => {});
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([connecting, gone.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Whatever ends this early closes the connection, and what waits for it fails. */
async function converse(plain: Deno.Conn, request: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer> {
  let connection = plain;
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    signal.removeEventListener("abort", close);
    try {
      connection.close();
    } catch {
      // Deno closes one whose TLS fails.
    }
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    if (request.url.protocol === "https:") {
      const hostname = request.url.hostname.replace(/\.$/, "").replace(/^\[|\]$/g, "");
      const secured = await Deno.startTls(plain as Deno.TcpConn, { hostname, alpnProtocols: ["http/1.1"] });
      connection = secured;
      await secured.handshake();
    }
    await write(connection, request);
    const reader = new ByteReader(chunksOf(connection));
    const head = await readHead(reader);
    const body = until(bodyOf(reader, framingOf(head, request.method)), close);
    return { ...head, body: decoded(body, head), discard: close };
  } catch (error) {
    close();
    throw error;
  }
}

async function write(connection: Deno.Conn, { url, method, headers, body }: OutsideRequest): Promise<void> {
  // Of the platform's own, which takes no line breaks.
  const fields = new Headers(headers);
  for (const name of ["connection", "transfer-encoding", "content-length"]) fields.delete(name);
  fields.set("host", url.host);
  fields.set("connection", "close");
  if (body !== null) fields.set("content-length", String(body.length));
  const lines = [...fields].map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  const writer = connection.writable.getWriter();
  await writer.write(latin1(head));
  if (body !== null && body.length > 0) await writer.write(body);
  writer.releaseLock();
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function* chunksOf(connection: Deno.Conn): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = new Uint8Array(READ_BYTES);
    const count = await connection.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

async function readHead(reader: ByteReader): Promise<AnswerHead> {
  for (let interim = 0; interim <= MOST_INTERIM; interim++) {
    const head = parseHead(await reader.block(HEAD_BYTES));
    if (head.status >= 200) return head;
  }
  throw new TypeError("invalid HTTP: no answer after the interim ones");
}

function bodyOf(reader: ByteReader, framing: Framing): AsyncIterable<Uint8Array> {
  if (framing.by === "length") return reader.bytes(framing.bytes);
  if (framing.by === "close") return reader.all();
  return framing.by === "chunks" ? unchunked(reader) : NOTHING;
}

const NOTHING: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

async function* unchunked(reader: ByteReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const size = /^([0-9a-f]{1,8})[ \t]*(;.*)?$/i.exec(await reader.line());
    if (size === null) throw new TypeError("invalid HTTP chunk");
    const bytes = parseInt(size[1]!, 16);
    if (bytes === 0) return void await reader.block(HEAD_BYTES);
    yield* reader.bytes(bytes);
    if (await reader.line() !== "") throw new TypeError("invalid HTTP chunk");
  }
}

/** The connection goes with the body, however that ends. */
async function* until(body: AsyncIterable<Uint8Array>, close: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    close();
  }
}

/** An answer may be encoded although nobody asked for it; what we do not know stays as it is. */
function decoded(body: AsyncIterable<Uint8Array>, { headers }: AnswerHead): AsyncIterable<Uint8Array> {
  const coding = (headers.findLast(([name]) => name === "content-encoding")?.[1] ?? "").trim().toLowerCase();
  const bytes = () => ReadableStream.from(body as AsyncIterable<BufferSource>);
  if (coding === "gzip" || coding === "x-gzip") return bytes().pipeThrough(new DecompressionStream("gzip"));
  if (coding === "deflate") return bytes().pipeThrough(new DecompressionStream("deflate"));
  return coding === "br" ? unbrotli(body) : body;
}

/** The platform's streams have no such coding everywhere. */
async function* unbrotli(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = createBrotliDecompress();
  // Whoever reads it hears of it there; unheard, it would end the process.
  decoder.on("error", () => {});
  const fed = (async () => {
    for await (const bytes of body) {
      if (!decoder.write(bytes)) await new Promise((resolve) => decoder.once("drain", resolve).once("close", resolve));
      if (decoder.destroyed) return;
    }
    decoder.end();
  })().catch((error) => void decoder.destroy(error));
  try {
    yield* decoder as Readable as AsyncIterable<Uint8Array>;
  } finally {
    decoder.destroy();
    await fed;
  }
}
