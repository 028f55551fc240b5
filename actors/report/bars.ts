import type { ReportResult } from "./schemas.ts";

const HOUR_MS = 60 * 60 * 1_000;
const MOST_BARS = 50;
const HOURS_A_BAR = [1, 2, 3, 4, 6, 8, 12, 24] as const;

/** What is drawn as one bar: one hour, or several in a longer report. */
export interface Bar {
  /** Ms since the epoch. */
  readonly from: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface Bars {
  readonly hours: number;
  readonly bars: readonly Bar[];
  /** Where the scale ends: even, and no bar is higher. */
  readonly top: number;
}

/** Gathers hours into at most 50 bars of the same length; the last one may hold fewer hours. */
export function gatherBars(perHour: ReportResult["perHour"]): Bars {
  const hours = HOURS_A_BAR.find((size) => perHour.length / size <= MOST_BARS) ?? 24;
  const bars: Bar[] = [];
  for (let index = 0; index < perHour.length; index += hours) {
    const gathered = perHour.slice(index, index + hours);
    bars.push({
      from: Date.parse(gathered[0]!.hour),
      succeeded: gathered.reduce((sum, { succeeded }) => sum + succeeded, 0),
      failed: gathered.reduce((sum, { failed }) => sum + failed, 0),
    });
  }
  return { hours, bars, top: niceTop(Math.max(0, ...bars.map(({ succeeded, failed }) => succeeded + failed))) };
}

/** Where a bar ends, in ms since the epoch. */
export function endOf(bar: Bar, hours: number): number {
  return bar.from + hours * HOUR_MS;
}

function niceTop(highest: number): number {
  for (let scale = 1;; scale *= 10) {
    const top = [2, 4, 6, 8, 10].find((step) => step * scale >= highest);
    if (top !== undefined) return top * scale;
  }
}
