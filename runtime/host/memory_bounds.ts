/**
 * What a child process may hold beyond what it held when it was ready, by its resident size: heaps, buffers outside of
 * them, all workers together.
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

/** What turns may hold in all, and how many workers run them. */
export interface MemoryShare {
  readonly memoryMb: number;
  readonly workers: number;
}

export function memoryBounds(share: MemoryShare): MemoryBounds {
  const hardBytes = hardMb(share) * MIB;
  return { softBytes: 0.75 * hardBytes, hardBytes };
}

/**
 * The bound of each old generation, for the case that nobody looks. Above the hard bound: a heap that nears its own limit
 * makes V8 collect for seconds before it gives up, and looks like a hang meanwhile.
 */
export function heapMb(share: MemoryShare): number {
  return Math.ceil(1.25 * hardMb(share));
}

function hardMb({ memoryMb, workers }: MemoryShare): number {
  return memoryMb + TURNOVER_MB * workers;
}
