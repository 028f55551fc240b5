import type { StoreEntry, Write } from "../contract.ts";

/**
 * A batch on its way to the writer: one JSON text, which is cheaper to pass between threads than its objects are, and
 * beside it the bytes of blob chunks; in the text a chunk's `bytes` is its place in that list.
 */
export interface BatchWire {
  readonly text: string;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
}

/** The chunks are copies, to be handed over: the caller keeps his own for another try. */
export function packBatch(batch: readonly StoreEntry[]): BatchWire {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const packWrite = (write: Write) =>
    write.write === "blob-chunk" ? { ...write, bytes: chunks.push(Uint8Array.from(write.bytes)) - 1 } : write;
  const packed = batch.map((entry) => hasChunk(entry) ? { ...entry, writes: entry.writes.map(packWrite) } : entry);
  return { text: JSON.stringify(packed), chunks };
}

export function unpackBatch({ text, chunks }: BatchWire): readonly StoreEntry[] {
  const packed = JSON.parse(text) as StoreEntry[];
  if (chunks.length === 0) return packed;
  const unpackWrite = (write: Write): Write =>
    write.write === "blob-chunk" ? { ...write, bytes: chunks[write.bytes as unknown as number]! } : write;
  return packed.map((entry) => hasChunk(entry) ? { ...entry, writes: entry.writes.map(unpackWrite) } : entry);
}

function hasChunk({ writes }: StoreEntry): boolean {
  return writes.some(({ write }) => write === "blob-chunk");
}
