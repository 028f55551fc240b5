import type { Clock } from "../../core/clock.ts";

/** The work's result, or after `ms` what `late` makes of it as a rejection; the work goes on then, and nobody hears of it. */
export function within<T>(
  clock: Clock,
  work: Promise<T>,
  { ms, late }: { ms: number; late: () => unknown },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => reject(late()));
    work.then(resolve, reject).finally(stop);
  });
}
