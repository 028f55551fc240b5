import { seededRandom } from "../core/random.ts";

/**
 * How much later than its instant a message comes, the same whoever asks and whenever: from 0 up to `jitterMs`, and at most
 * half of what lies between the instant and the next, so that messages come in the order of their instants.
 */
export function jitterOf(
  schedule: { readonly tenant: string; readonly name: string; readonly jitterMs: number },
  { instant, nextAt }: { readonly instant: number; readonly nextAt: number | null },
): number {
  const mostMs = Math.min(schedule.jitterMs, nextAt === null ? Infinity : Math.floor((nextAt - instant) / 2));
  if (mostMs <= 0) return 0;
  return Math.floor(seededRandom(hashOf(schedule, instant)).next() * (mostMs + 1));
}

/** @see G. Fowler, L. C. Noll, K.-P. Vo, FNV-1a, 32 bits */
export function hashOf({ tenant, name }: { readonly tenant: string; readonly name: string }, instant: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${tenant}/${name}/${instant}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
