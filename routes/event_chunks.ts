import type { StoredEvent } from "../runtime/mod.ts";

/** What becomes of frames when a chunk is full; `upTo` is the number of the last event that was looked at. */
export type Finish<Piece> = (frames: string, upTo: number) => Piece;

/** How the events of a stream are written. */
export interface Format {
  /** Streams with the same key write the same, and finish it alike; undefined: no other writes like this one. */
  readonly key?: string | undefined;
  /** The event as a frame; null when it is not for this reader. */
  readonly write: (event: StoredEvent) => string | null;
  /** Whether the stream is over after this event. */
  readonly isLast?: (event: StoredEvent) => boolean;
}

/** Some events of a page in one piece. */
export interface Chunk<Piece> {
  /** Whole frames, shared by all who are at the same place; null when none of the events was for the reader. */
  readonly piece: Piece | null;
  /** Number of the last event that is in it, or was left out. */
  readonly upTo: number;
  /** Where in the page the next chunk begins. */
  readonly next: number;
  readonly isLast: boolean;
}

const CHUNK_CHARS = 48 * 1024;

/** As long as somebody holds the page. */
const shared = new WeakMap<readonly StoredEvent[], Map<string, Chunk<unknown>>>();

/** The frames of the page's events from `from` on, up to a chunk's size; made once for all who write the same. */
export function chunkOf<Piece>(
  page: readonly StoredEvent[],
  from: number,
  format: Format,
  finish: Finish<Piece>,
): Chunk<Piece> {
  if (format.key === undefined) return makeChunk(page, from, format, finish);
  let chunks = shared.get(page) as Map<string, Chunk<Piece>> | undefined;
  if (chunks === undefined) shared.set(page, chunks = new Map());
  const key = `${from} ${format.key}`;
  let chunk = chunks.get(key);
  if (chunk === undefined) chunks.set(key, chunk = makeChunk(page, from, format, finish));
  return chunk;
}

function makeChunk<Piece>(
  page: readonly StoredEvent[],
  from: number,
  { write, isLast }: Format,
  finish: Finish<Piece>,
): Chunk<Piece> {
  let text = "";
  let next = from;
  let last = false;
  while (!last && next < page.length && text.length < CHUNK_CHARS) {
    const event = page[next++]!;
    text += write(event) ?? "";
    last = isLast?.(event) ?? false;
  }
  const upTo = page[next - 1]!.number;
  return { piece: text === "" ? null : finish(text, upTo), upTo, next, isLast: last };
}
