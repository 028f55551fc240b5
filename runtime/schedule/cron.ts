import { Cron } from "croner";
import { RuntimeError } from "../core/errors.ts";

const MINUTE_MS = 60_000;
const MOST_CHARS = 200;
const MOST_ZONE_CHARS = 64;
/** Numbers, ranges, lists, steps and names; L is the last day of the month. */
const FIELD = /^[\dA-Z*,/-]+$/i;
const NAMES = /\b(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)\b/gi;
const DAY_OF_MONTH = 2;
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * The instants of five fields (minute, hour, day of month, month, day of week) in a time zone, as POSIX and Vixie cron have
 * them: weekdays are 0-7 with Sunday 0 and 7 (`Deno.cron` counts them 1-7 from Sunday: write names, which mean the same
 * there), and where both day fields are restricted, a day that fits either is meant. Names go by three letters; `L` as day
 * of month is its last. What `Deno.cron` refuses is refused: six fields (for less than a minute there are intervals) and
 * macros such as `@daily`. So are the extensions of Quartz (`?`, `W`, `#`, `5L`).
 *
 * Where clocks are put forward, an hour is missing: what names its hours and minutes (`30 2 * * *`, also lists and ranges) has
 * its instant at the first moment after the gap, once; what has a star or step in them (`*\/30 * * * *`) has none there. Where
 * clocks are put back, an hour comes twice: the former has its instant in the first of the two, the latter in both.
 *
 * @see IEEE Std 1003.1-2017, crontab; P. Vixie, cron(8), on daylight saving
 */
export class CronTimes {
  readonly #cron: Cron;

  /** @throws {RuntimeError} `invalid-message` when it cannot be read, and when it has no instant */
  constructor({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }) {
    checkZone(timeZone);
    checkFields(cron);
    this.#cron = parse(cron, timeZone);
    if (this.after(0) === null) throw refused(cron, "there is no such day");
  }

  /** The first after this instant; null where there is none before the year 10000. */
  after(instant: number): number | null {
    return this.#cron.nextRun(new Date(instant))?.getTime() ?? null;
  }

  /** Those after one instant and not after another: the newest, newest first. */
  latest({ after, until, limit }: { after: number; until: number; limit: number }): readonly number[] {
    const times: number[] = [];
    // Exclusive, and instants lie at whole minutes.
    const reference = new Date((Math.floor(until / MINUTE_MS) + 1) * MINUTE_MS);
    for (let from = reference, atOnce = 1; times.length < limit; atOnce = Math.min(2 * atOnce, SOME)) {
      const some = this.#cron.previousRuns(Math.min(limit - times.length, atOnce), from);
      for (const time of some) {
        if (time.getTime() <= after) return times;
        times.push(time.getTime());
      }
      if (some.length === 0) break;
      from = some.at(-1)!;
    }
    return times;
  }
}

/** Each costs a look at the time zone, and nearly always the first is too old already: so one, then twice as many, up to this. */
const SOME = 16;

function parse(cron: string, timeZone: string): Cron {
  try {
    return new Cron(cron.trim(), {
      timezone: timeZone,
      mode: "5-part",
      fixedTimeRule: "no-wildcard",
      domAndDow: false,
      paused: true,
    });
  } catch (thrown) {
    throw refused(cron, (thrown as Error).message.replace(/^CronPattern: /, ""));
  }
}

function checkFields(cron: string): void {
  if (cron.length > MOST_CHARS) throw refused(cron, `it has more than ${MOST_CHARS} characters`);
  const macro = MACROS[cron.trim().toLowerCase()];
  if (macro !== undefined) throw refused(cron, `write ${macro}`);
  const fields = cron.trim().split(/[ \t]+/);
  if (fields.length !== 5) {
    const seconds = fields.length === 6 ? "; for seconds there are intervals (everyMs)" : "";
    throw refused(cron, `it has ${fields.length} fields instead of minute, hour, day, month and weekday${seconds}`);
  }
  for (const [place, field] of fields.entries()) {
    const rest = field.replaceAll(NAMES, "");
    const isFit = FIELD.test(field) && (!/[A-Z]/i.test(rest) || (place === DAY_OF_MONTH && /^L$/i.test(field)));
    if (!isFit) throw refused(cron, `${JSON.stringify(field)} is not made of numbers, names, * , - and /`);
  }
}

/** @throws {RuntimeError} `invalid-message` */
function checkZone(timeZone: string): void {
  try {
    if (timeZone === "" || timeZone.length > MOST_ZONE_CHARS) throw new RangeError();
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    const shown = JSON.stringify(timeZone.slice(0, MOST_ZONE_CHARS));
    throw new RuntimeError("invalid-message", `${shown} is no time zone: write one such as Europe/Berlin or UTC`);
  }
}

function refused(cron: string, why: string): RuntimeError {
  const shown = JSON.stringify(cron.slice(0, MOST_CHARS));
  return new RuntimeError("invalid-message", `The cron expression ${shown} can never be due: ${why}`);
}
