const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const LATEST = DIGITS.length ** TIME_DIGITS / 4 - 1;
/** By how much the time in an id and the `createdAt` beside it may differ. */
const SLACK_MS = 1_000;
/** Every ULID begins with 0 to 7. */
const [FIRST, BEYOND] = ["0", "8"];

/** Ids from `from` on, below `until`. */
export interface IdRange {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Where the ids of jobs lie that were created in a span of time, so that only those are looked at: an id is a ULID and
 * begins with the time at which it was made, within a second of the job's `createdAt` unless the clock was set back by
 * more. Ids that an author made up in other forms are in ranges of their own.
 */
export function idRanges(
  { createdFrom, createdUntil }: {
    readonly createdFrom?: number | undefined;
    readonly createdUntil?: number | undefined;
  },
): readonly IdRange[] {
  return [
    {
      from: createdFrom === undefined ? undefined : firstIdAt(createdFrom - SLACK_MS),
      until: createdUntil === undefined ? undefined : firstIdAt(createdUntil + SLACK_MS),
    },
    ...(createdFrom === undefined ? [] : [{ until: FIRST }]),
    ...(createdUntil === undefined ? [] : [{ from: BEYOND }]),
  ];
}

/** Not above any ULID of that millisecond. */
function firstIdAt(ms: number): string {
  let text = "";
  let rest = Math.min(Math.max(0, Math.floor(ms)), LATEST);
  for (let place = 0; place < TIME_DIGITS; place++) {
    text = DIGITS[rest % DIGITS.length] + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
