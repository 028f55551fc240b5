/**
 * Little, since for each read of a chunked body Deno 2.9 takes as many bytes from the connection as it is asked for, 64 KiB
 * where nobody says, but answers with one chunk at most and keeps the rest: a client that sends chunks of 16 KiB faster
 * than they are used had three quarters of what it sent in the server's memory.
 */
const READ_BYTES = 4 * 1024;

/** Reads a body part by part, null at its end, and lets the connection run ahead of that as little as can be. */
export function bodyParts(body: ReadableStream<Uint8Array>): () => Promise<Uint8Array | null> {
  const exact = exactReader(body);
  const reader = exact === null ? body.getReader() : { read: () => exact.read(new Uint8Array(READ_BYTES)) };
  return async () => {
    const { done, value } = await reader.read();
    return done ? null : value;
  };
}

/** One that is told how much to read, which only a stream of bytes has. */
function exactReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: "byob" });
  } catch (thrown) {
    if (thrown instanceof TypeError) return null;
    throw thrown;
  }
}
