const MINUTE_MS = 60_000;

/** One field of a cron expression, by what it means rather than how it is written. */
export interface OracleField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
  /** Every value, not by enumeration. */
  readonly isStar: boolean;
  /** It has a star in it, with or without a step. */
  readonly isWild: boolean;
}

export interface OracleCron {
  readonly minute: OracleField;
  readonly hour: OracleField;
  readonly day: OracleField;
  readonly month: OracleField;
  /** 0-6 from Sunday. */
  readonly weekday: OracleField;
}

export function cronText({ minute, hour, day, month, weekday }: OracleCron): string {
  return [minute, hour, day, month, weekday].map(({ text }) => text).join(" ");
}

/**
 * The instants in (after, until] by looking at what clocks on the wall show, minute by minute: nothing is computed. A time
 * that comes twice counts the first time only where hours and minutes are named, and one that is left out counts then at the
 * first minute after.
 */
export function oracleTimes(
  cron: OracleCron,
  { timeZone, after, until }: { readonly timeZone: string; readonly after: number; readonly until: number },
): number[] {
  const wall = wallClock(timeZone);
  const isWild = cron.minute.isWild || cron.hour.isWild;
  const times: number[] = [];
  // A day before, so that what comes twice has been seen the first time.
  let last = after - 24 * 60 * MINUTE_MS;
  let furthest = wall(last);
  for (let at = last + MINUTE_MS; at <= until; last = at, at += MINUTE_MS) {
    const shown = wall(at);
    const isRepeated = shown <= furthest;
    let fits = matches(cron, shown) && (isWild || !isRepeated);
    if (!isWild && !isRepeated) {
      for (let skipped = furthest + MINUTE_MS; skipped < shown; skipped += MINUTE_MS) {
        fits ||= matches(cron, skipped);
      }
    }
    furthest = Math.max(furthest, shown);
    if (fits && at > after) times.push(at);
  }
  return times;
}

const QUARTER_MS = 15 * MINUTE_MS;

/** What a clock on the wall shows, as if it were UTC; clocks are put forward and back at quarters of an hour. */
function wallClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
  });
  const shown = (at: number) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!);
  };
  const quarters = new Map<number, number>();
  return (at) => {
    const quarter = at - at % QUARTER_MS;
    let ahead = quarters.get(quarter);
    if (ahead === undefined) quarters.set(quarter, ahead = shown(quarter) - quarter);
    return at + ahead;
  };
}

function matches({ minute, hour, day, month, weekday }: OracleCron, shown: number): boolean {
  const date = new Date(shown);
  const isDay = day.values.has(date.getUTCDate());
  const isWeekday = weekday.values.has(date.getUTCDay());
  const isDate = day.isStar || weekday.isStar ? isDay && isWeekday : isDay || isWeekday;
  return isDate && minute.values.has(date.getUTCMinutes()) && hour.values.has(date.getUTCHours()) &&
    month.values.has(date.getUTCMonth() + 1);
}
