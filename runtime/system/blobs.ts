import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { CreateId } from "../core/ids.ts";
import type { EntryResult, StoreEntry, StoreReads, Write } from "../store/contract.ts";
import type { Blobs } from "./contract.ts";

const CHUNK_BYTES = 256 * 1024;

/** Takes uploads in chunk by chunk, one commit each, so that a large one costs little memory and delays nobody. */
export function createBlobs(
  { read, commit, createId, clock }: {
    read: StoreReads;
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    createId: CreateId;
    clock: Clock;
  },
): Blobs {
  const write = async (tenant: string, written: Write): Promise<void> => {
    const result = await commit({ tenant, at: clock.now(), writes: [written] });
    if (result.status !== "committed") throw new RuntimeError("internal", "A blob's chunk was refused");
  };
  return {
    async stage(tenant, bytes, { limitBytes }) {
      const id = createId();
      let sizeBytes = 0;
      let index = 0;
      try {
        for await (const chunk of inChunks(bytes)) {
          sizeBytes += chunk.length;
          if (sizeBytes > limitBytes) {
            throw new RuntimeError("too-large", `The upload is larger than the ${limitBytes} bytes that are allowed`);
          }
          await write(tenant, { write: "blob-chunk", id, index: index++, bytes: chunk });
        }
        await write(tenant, { write: "blob-done", id, sizeBytes });
        return { id, sizeBytes };
      } catch (thrown) {
        if (index > 0) await write(tenant, { write: "blob-drop", id }).catch(() => {});
        throw thrown;
      }
    },
    async read(tenant, id) {
      let next = await read.blobChunk(tenant, id, 0);
      if (next === null) return null;
      let fromByte = 0;
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (next === null || next.length === 0) return controller.close();
          fromByte += next.length;
          controller.enqueue(next);
          next = await read.blobChunk(tenant, id, fromByte);
        },
      });
    },
    async drop(tenant, id) {
      await write(tenant, { write: "blob-drop", id });
    },
  };
}

/** The stream's bytes in pieces of `CHUNK_BYTES`, the last one smaller; each is a buffer of its own. */
async function* inChunks(bytes: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  let chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  for await (let piece of bytes) {
    while (piece.length > 0) {
      const taken = piece.subarray(0, CHUNK_BYTES - filled);
      chunk.set(taken, filled);
      filled += taken.length;
      piece = piece.subarray(taken.length);
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      chunk = new Uint8Array(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.slice(0, filled);
}
