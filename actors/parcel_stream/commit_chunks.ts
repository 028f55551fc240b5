import type { Judged, Malformed } from "./judge_events.ts";

/** Of what an outcome may hold: there are other writes as well. */
const COMMIT_CHARS = 900 * 1024;
const COMMIT_EVENTS = 1_000;
const COMMIT_MALFORMED = 500;
/** What rows have beside what a scan has. */
const ROWS_CHARS = 200;
/** A malformed event's text, in a message of which there may be many. */
const RAW_CHARS = 16 * 1024;

/** Parts of a page, in order, each of which fits into one commit; at least one, which may be empty. */
export function commitChunks(
  judged: readonly Judged[],
  { stream }: { stream: string },
): readonly (readonly Judged[])[] {
  const chunks: Judged[][] = [];
  let chunk: Judged[] = [];
  let chars = 0;
  let malformed = 0;
  for (const one of judged) {
    const size = sizeOf(one) + 2 * stream.length;
    if (chunk.length === COMMIT_EVENTS || malformed === COMMIT_MALFORMED || chars + size > COMMIT_CHARS) {
      chunks.push(chunk);
      chunk = [];
      chars = malformed = 0;
    }
    chunk.push(one);
    chars += size;
    if ("malformed" in one) malformed++;
  }
  chunks.push(chunk);
  return chunks;
}

export function cutRaw({ raw }: Malformed): string {
  return raw.slice(0, RAW_CHARS);
}

/** A scan stands in its own row and in that of its parcel. Both, and what is malformed, are text within JSON. */
function sizeOf(one: Judged): number {
  if ("malformed" in one) return 2 * Math.min(one.malformed.raw.length, RAW_CHARS) + ROWS_CHARS;
  const text = JSON.stringify(one.scan);
  // Few have anything that is escaped twice; their quotes are few.
  const chars = text.includes("\\") ? JSON.stringify(text).length : text.length;
  return 2 * chars + ROWS_CHARS;
}
