import { before, PATIENCE_MS } from "./deadline.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of an event stream what came with its head. */
  readonly text: string;
}

/**
 * Sends bytes as they are over a connection of their own and answers the final response to them; null when the server
 * closes the connection without one. `ends`: this side says after the bytes that no more will come.
 * @throws {Error} when neither comes within 10 s
 */
export async function exchange(
  port: number,
  bytes: Uint8Array,
  { ends = false }: { ends?: boolean } = {},
): Promise<RawAnswer | null> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // The server may answer before it has read everything, and then reads no more.
  const writing = write(connection, bytes, ends).catch(() => {});
  try {
    return await before(read(connection), PATIENCE_MS, () => new Error("The server neither answers nor hangs up"));
  } finally {
    connection.close();
    await writing;
  }
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array, ends: boolean): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  if (ends) await connection.closeWrite();
}

async function read(connection: Deno.TcpConn): Promise<RawAnswer | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (;;) {
    // A reset behind an answer is the end of it.
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return answerIn(text, true);
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
    const answer = answerIn(text, false);
    if (answer !== null) return answer;
  }
}

/** The final answer in what has come so far, when it is whole. Heads are ASCII, and so are the bodies whose length counts. */
function answerIn(text: string, isOver: boolean): RawAnswer | null {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]);
  if (end === -1 || Number.isNaN(status)) return null;
  const body = text.slice(end + 4);
  if (status < 200) return answerIn(body, isOver);
  const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
  const length = headers.get("content-length");
  const isStream = headers.get("content-type") === "text/event-stream";
  const isWhole = isOver || isStream || (length !== null && new TextEncoder().encode(body).length >= Number(length)) ||
    (headers.get("transfer-encoding") === "chunked" && body.endsWith("\r\n0\r\n\r\n")) || status === 204;
  return isWhole ? { status, headers, text: body } : null;
}
