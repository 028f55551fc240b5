/** Lower bounds of the slots of a histogram, in ms: each half as large again as the one before, to beyond two minutes. */
export const boundsBelow: readonly number[] = [0, ...Array.from({ length: 30 }, (_, index) => 1.5 ** index)];

const LOG_STEP = Math.log(1.5);

/** In which slot a duration is counted. */
export function slotOf(ms: number): number {
  if (ms < 1) return 0;
  return Math.min(boundsBelow.length - 1, 1 + Math.floor(Math.log(ms) / LOG_STEP + 1e-9));
}

/** The duration below which that share of what was counted lies, within its slot as if evenly; null when nothing was. */
export function quantile(counts: Uint32Array, share: number): number | null {
  let left = 0;
  for (const count of counts) left += count;
  if (left === 0) return null;
  left *= share;
  for (const [index, count] of counts.entries()) {
    if (count >= left) {
      const from = boundsBelow[index]!;
      const to = boundsBelow[index + 1] ?? from * 1.5;
      return from + (to - from) * (left / count);
    }
    left -= count;
  }
  return boundsBelow.at(-1)!;
}
