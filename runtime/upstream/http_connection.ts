import { type AnswerHead, type Framing, framingOf, keepsAlive, parseHead } from "./answer_head.ts";
import { ByteReader } from "./byte_reader.ts";
import { decoded } from "./decoded.ts";
import type { OutsideAnswer } from "./exchange.ts";
import type { OutsideRequest } from "./redirected.ts";

const HEAD_BYTES = 64 * 1024;
/** Interim answers before the one that counts. */
const MOST_INTERIM = 5;

/**
 * A connection that speaks HTTP/1.1, one request after another. It goes to the address and nowhere else; TLS is for the
 * URL's name.
 *
 * ```
 * free ──send()──► asked ──its whole answer, and both sides keep it──► free (told to `onFree`)
 *   └──close()───────┴──anything else: an error, an abort, an answer that is not read to its end──► closed
 * ```
 * @see RFC 9112
 */
export class HttpConnection {
  /** Of the URLs it was made for. */
  readonly origin: string;
  readonly address: string;
  readonly #connection: Deno.Conn;
  readonly #reader: ByteReader;
  #isClosed = false;

  private constructor(connection: Deno.Conn, { origin, address }: { origin: string; address: string }) {
    this.origin = origin;
    this.address = address;
    this.#connection = connection;
    this.#reader = new ByteReader(connection);
  }

  /**
   * To the first of `addresses` that takes one.
   * @throws what the platform throws when none does, or when the certificate is not trusted
   */
  static async open(
    url: URL,
    { addresses, signal }: { addresses: readonly string[]; signal: AbortSignal },
  ): Promise<HttpConnection> {
    for (const [index, address] of addresses.entries()) {
      let plain: Deno.TcpConn;
      try {
        plain = await connect(address, url, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (index === addresses.length - 1) throw error;
        continue;
      }
      const connection = url.protocol === "https:" ? await secured(plain, url, signal) : plain;
      return new HttpConnection(connection, { origin: url.origin, address });
    }
    throw new TypeError("There is no address to send to");
  }

  /** Resolves when the other side has said something, or closed it. */
  untilHeard(): Promise<void> {
    return this.#reader.untilMore();
  }

  /** @param options.onFree called when it may take another request; null: it is to be closed then */
  async send(
    request: OutsideRequest,
    { signal, onFree }: { signal: AbortSignal; onFree: ((connection: HttpConnection) => void) | null },
  ): Promise<OutsideAnswer> {
    let isOver = false;
    const end = (isFree: boolean) => {
      // It may have another request by now.
      if (isOver) return;
      isOver = true;
      signal.removeEventListener("abort", close);
      if (isFree) onFree?.(this);
      else this.close();
    };
    const close = () => end(false);
    signal.addEventListener("abort", close, { once: true });
    try {
      signal.throwIfAborted();
      await this.#write(request, onFree === null);
      const head = await this.#readHead();
      const framing = framingOf(head, request.method);
      const isKept = onFree !== null && keepsAlive(head, framing);
      const body = told(this.#bodyOf(framing), (isWhole) => end(isWhole && isKept && this.#reader.isEmpty));
      return { ...head, body: decoded(body, head), discard: close };
    } catch (error) {
      close();
      throw error;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#connection.close();
    } catch {
      // Deno closes one whose TLS fails.
    }
  }

  async #write({ url, method, headers, body }: OutsideRequest, isLast: boolean): Promise<void> {
    // Of the platform's own, which takes no line breaks.
    const fields = new Headers(headers);
    for (const name of ["connection", "transfer-encoding", "content-length"]) fields.delete(name);
    fields.set("host", url.host);
    if (isLast) fields.set("connection", "close");
    if (body !== null) fields.set("content-length", String(body.length));
    const lines = [...fields].map(([name, value]) => `${name}: ${value}`);
    const head = [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
    await this.#writeAll(latin1(head));
    if (body !== null) await this.#writeAll(body);
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
  }

  async #readHead(): Promise<AnswerHead> {
    for (let interim = 0; interim <= MOST_INTERIM; interim++) {
      const head = parseHead(await this.#reader.block(HEAD_BYTES));
      if (head.status >= 200) return head;
    }
    throw new TypeError("invalid HTTP: no answer after the interim ones");
  }

  #bodyOf(framing: Framing): AsyncIterable<Uint8Array> {
    if (framing.by === "length") return this.#reader.bytes(framing.bytes);
    if (framing.by === "close") return this.#reader.all();
    return framing.by === "chunks" ? unchunked(this.#reader) : NOTHING;
  }
}

async function connect(hostname: string, url: URL, signal: AbortSignal): Promise<Deno.TcpConn> {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const connecting = Deno.connect({ hostname, port });
  const gone = Promise.withResolvers<never>();
  const onAbort = () => {
    gone.reject(signal.reason);
    connecting.then((late) => late.close(), () => {});
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const connection = await Promise.race([connecting, gone.promise]);
    // The end of a long request would wait for the other side to say that it has got the start.
    connection.setNoDelay();
    return connection;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function secured(plain: Deno.TcpConn, url: URL, signal: AbortSignal): Promise<Deno.Conn> {
  const hostname = url.hostname.replace(/\.$/, "").replace(/^\[|\]$/g, "");
  let connection: Deno.Conn = plain;
  const close = () => {
    try {
      connection.close();
    } catch {
      // Deno closes one whose TLS fails.
    }
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    const secured = await Deno.startTls(plain, { hostname, alpnProtocols: ["http/1.1"] });
    connection = secured;
    await secured.handshake();
    return secured;
  } catch (error) {
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
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

/** The body, which tells whether it was read to its end. */
async function* told(
  body: AsyncIterable<Uint8Array>,
  tell: (isWhole: boolean) => void,
): AsyncGenerator<Uint8Array> {
  let isWhole = false;
  try {
    yield* body;
    isWhole = true;
  } finally {
    tell(isWhole);
  }
}
