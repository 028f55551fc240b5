import type { StoredEvent } from "../runtime/mod.ts";

/** How the events of a stream are written. */
export interface Format {
  /** Streams with the same key write the same; undefined: no other writes like this one. */
  readonly key?: string | undefined;
  /** The event as a frame; null when it is not for this reader. */
  readonly write: (event: StoredEvent) => string | null;
  /** Whether the stream is over after this event. */
  readonly isLast?: (event: StoredEvent) => boolean;
}

/** Some events of a page in one piece. */
export interface Chunk {
  /** Whole frames, shared by all who are at the same place; null when none of the events was for the reader. */
  readonly bytes: Uint8Array | null;
  /** Number of the last event that is in it, or was left out. */
  readonly upTo: number;
  /** Where in the page the next chunk begins. */
  readonly next: number;
  readonly isLast: boolean;
}

const CHUNK_CHARS = 48 * 1024;

const encoder = new TextEncoder();
/** As long as somebody holds the page. */
const shared = new WeakMap<readonly StoredEvent[], Map<string, Chunk>>();

/** The frames of the page's events from `from` on, up to a chunk's size; made once for all who write the same. */
export function chunkOf(page: readonly StoredEvent[], from: number, format: Format): Chunk {
  if (format.key === undefined) return makeChunk(page, from, format);
  let chunks = shared.get(page);
  if (chunks === undefined) shared.set(page, chunks = new Map());
  const key = `${from} ${format.key}`;
  let chunk = chunks.get(key);
  if (chunk === undefined) chunks.set(key, chunk = makeChunk(page, from, format));
  return chunk;
}

function makeChunk(page: readonly StoredEvent[], from: number, { write, isLast }: Format): Chunk {
  let text = "";
  let next = from;
  let last = false;
  while (!last && next < page.length && text.length < CHUNK_CHARS) {
    const event = page[next++]!;
    text += write(event) ?? "";
    last = isLast?.(event) ?? false;
  }
  return { bytes: text === "" ? null : encoder.encode(text), upTo: page[next - 1]!.number, next, isLast: last };
}
