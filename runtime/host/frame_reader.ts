import { FrameDecoder } from "./frames.ts";

/** Where frames come from: a socket. `read` gives null at its end. */
export interface ByteSource {
  read(into: Uint8Array): Promise<number | null>;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Hands on every frame until the source ends or fails, which is the same to a reader: the other side is gone.
 * @throws what the decoder throws when the bytes are no frames
 */
export async function readFrames<T>(source: ByteSource, handle: (frame: T) => void): Promise<void> {
  const decoder = new FrameDecoder<T>();
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const count = await source.read(chunk).catch(() => null);
    if (count === null) return;
    for (const frame of decoder.push(chunk.subarray(0, count))) handle(frame);
  }
}
