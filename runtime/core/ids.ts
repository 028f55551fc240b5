import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Makes ULIDs: 26 characters, ordered by time and, within a millisecond, by call. */
export type CreateId = () => string;

/** Crockford's base 32. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PAIRS: readonly string[] = Array.from({ length: 1_024 }, (_, pair) => DIGITS[pair >> 5]! + DIGITS[pair & 31]!);
const TIME_DIGITS = 10;
/** Half of the 80 random bits: 8 digits. */
const HALF = 2 ** 40;

/**
 * Within a millisecond, and while the clock stands or goes back, the random part counts up from where it began.
 * @see https://github.com/ulid/spec
 */
export function createIds(clock: Clock, random: Random): CreateId {
  let latest = -1;
  let high = 0;
  let low = 0;
  /** The time and the upper half of the random part. */
  let prefix = "";
  return () => {
    const now = clock.now();
    if (now > latest) {
      latest = now;
      high = Math.floor(random.next() * HALF);
      low = Math.floor(random.next() * HALF);
      prefix = timeText(now) + halfText(high);
    } else if (++low === HALF) {
      low = 0;
      prefix = timeText(latest) + halfText(++high);
    }
    return prefix + halfText(low);
  };
}

function timeText(ms: number): string {
  let text = "";
  for (let rest = ms; text.length < TIME_DIGITS; rest = Math.floor(rest / 32)) text = DIGITS[rest % 32]! + text;
  return text;
}

function halfText(half: number): string {
  const upper = Math.floor(half / 2 ** 20);
  const lower = half % 2 ** 20;
  return PAIRS[upper >> 10]! + PAIRS[upper & 1_023]! + PAIRS[lower >> 10]! + PAIRS[lower & 1_023]!;
}
