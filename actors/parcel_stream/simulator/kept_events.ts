import type { KeptEvent } from "./scans.ts";

/** Events as bytes, written once: a page is a piece of them. */
export interface KeptEvents {
  readonly count: number;
  readonly lastId: number;
  /** The place of the first event of this id or a larger one; `count` where there is none. */
  placeOf(id: number): number;
  /** The JSON texts of these places with commas between, the last one excluded. */
  texts(from: number, until: number): Uint8Array;
}

const FIRST_CAPACITY = 1024 * 1024;
/** Of UTF-8 for one code unit. */
const MOST_BYTES = 3;
const COMMA = 44;

export function keepEvents(events: Iterable<KeptEvent>, count: number): KeptEvents {
  const encoder = new TextEncoder();
  const ids = new Float64Array(count);
  /** Where each text begins; a comma stands before each but the first. */
  const starts = new Float64Array(count + 1);
  let bytes = new Uint8Array(FIRST_CAPACITY);
  let used = 0;
  let place = 0;
  for (const { id, text } of events) {
    if (used + text.length * MOST_BYTES + 1 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2 + text.length * MOST_BYTES);
      larger.set(bytes.subarray(0, used));
      bytes = larger;
    }
    if (place > 0) bytes[used++] = COMMA;
    ids[place] = id;
    starts[place] = used;
    used += encoder.encodeInto(text, bytes.subarray(used)).written;
    place++;
  }
  starts[place] = used + 1;
  return {
    count,
    lastId: ids[count - 1] ?? 0,
    placeOf(id) {
      let low = 0;
      for (let high = count; low < high;) {
        const middle = (low + high) >>> 1;
        if (ids[middle]! < id) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    texts: (from, until) => from >= until ? new Uint8Array() : bytes.subarray(starts[from]!, starts[until]! - 1),
  };
}
