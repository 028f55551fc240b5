/**
 * What a child process may hold beyond what it held when it was ready, by its resident size. V8's own bound knows the heap
 * of one isolate; what lies outside of it (buffers above all) and all isolates together are bounded here.
 */
export interface MemoryBounds {
  /** From here on it takes no more work: V8 gives memory back late or never, and that must not accuse an innocent turn. */
  readonly softBytes: number;
  /** From here on it is killed at once. */
  readonly hardBytes: number;
}

const MIB = 1024 * 1024;
/** What V8 turns over in one worker, young and dead objects, before it gives anything back. */
const TURNOVER_MB = 64;

export function memoryBounds({ memoryMb, workers }: { memoryMb: number; workers: number }): MemoryBounds {
  const hardBytes = (memoryMb + TURNOVER_MB * workers) * MIB;
  return { softBytes: 0.75 * hardBytes, hardBytes };
}
