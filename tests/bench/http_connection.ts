const CR = 13;
const LF = 10;
const ZERO = 48;
const SPACE = 32;
const LENGTH_NAME = [..."content-length:"].map((letter) => letter.charCodeAt(0));
const FOLDED = 0x20;

/**
 * One kept-alive HTTP/1.1 connection that costs its process as little as it can: requests are bytes that were made
 * before, and of an answer it looks at the status and at where it ends. Answers must tell their length.
 */
export class HttpConnection {
  readonly #connection: Deno.TcpConn;
  #buffer = new Uint8Array(64 * 1024);

  private constructor(connection: Deno.TcpConn) {
    connection.setNoDelay(true);
    this.#connection = connection;
  }

  static async open(port: number): Promise<HttpConnection> {
    return new HttpConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a request and answers the status when the whole answer is there. @throws {Error} when the server hangs up */
  async send(request: Uint8Array): Promise<number> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#connection.write(sent === 0 ? request : request.subarray(sent));
    }
    let filled = 0;
    let size = Infinity;
    while (filled < size) {
      if (filled === this.#buffer.length) this.#grow();
      const read = await this.#connection.read(filled === 0 ? this.#buffer : this.#buffer.subarray(filled));
      if (read === null) throw new Error("The server closed a connection that was in use");
      filled += read;
      if (size === Infinity) size = sizeOf(this.#buffer, filled);
    }
    const [hundreds, tens, ones] = this.#buffer.subarray(9, 12);
    return (hundreds! - ZERO) * 100 + (tens! - ZERO) * 10 + ones! - ZERO;
  }

  close(): void {
    this.#connection.close();
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#buffer.length);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as bytes. */
export function requestBytes(port: number, { method, path, body, headers = {} }: HttpRequest): Uint8Array {
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    ...(body === undefined ? {} : {
      "Content-Type": "application/json",
      "Content-Length": String(new TextEncoder().encode(body).length),
    }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`);
}

/** Bytes of the answer in all; Infinity while its head is not all there. */
function sizeOf(bytes: Uint8Array, filled: number): number {
  let length = 0;
  for (let at = 0; at + 3 < filled; at++) {
    if (bytes[at] !== CR || bytes[at + 1] !== LF) continue;
    if (bytes[at + 2] === CR && bytes[at + 3] === LF) return at + 4 + length;
    if (isLength(bytes, at + 2)) length = numberAt(bytes, at + 2 + LENGTH_NAME.length);
  }
  return Infinity;
}

function isLength(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < LENGTH_NAME.length; index++) {
    if ((bytes[at + index]! | FOLDED) !== LENGTH_NAME[index]) return false;
  }
  return true;
}

function numberAt(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let index = bytes[at] === SPACE ? at + 1 : at; bytes[index] !== CR; index++) {
    number = 10 * number + bytes[index]! - ZERO;
  }
  return number;
}
