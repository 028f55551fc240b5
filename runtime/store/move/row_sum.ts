import { createHash } from "node:crypto";
import type { MovedValue } from "./contract.ts";

/** What rows come to, in whatever order: those of another number, or one that differs in a value, come to something else. */
export interface RowSum {
  add(row: readonly MovedValue[]): void;
  readonly count: number;
  /** 64 hexadecimal digits. */
  readonly digest: string;
}

const SIZE = 2n ** 256n;

/**
 * The sum of the rows' hashes (SHA-256), modulo 2^256: enough to find what went wrong by itself, not to withstand somebody
 * who makes rows up for it.
 * @see Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost", 1997 (AdHash)
 */
export function createRowSum(): RowSum {
  let count = 0;
  let sum = 0n;
  return {
    add(row) {
      const hash = createHash("sha256").update(JSON.stringify(row.map(shown)));
      for (const value of row) if (value instanceof Uint8Array) hash.update(value);
      count++;
      sum = (sum + BigInt(`0x${hash.digest("hex")}`)) % SIZE;
    },
    get count() {
      return count;
    },
    get digest() {
      return sum.toString(16).padStart(64, "0");
    },
  };
}

/** Of bytes only how many, as they follow: no two rows read alike. */
function shown(value: MovedValue): unknown {
  return value instanceof Uint8Array ? { bytes: value.length } : value;
}
