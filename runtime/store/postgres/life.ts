import type { Duties, Ownership } from "../contract.ts";
import type { LifeLease } from "./lease.ts";

/** What the statements of one life share, those of batches and the others. */
export interface Life {
  readonly ownership: Ownership;
  readonly leaseMs: number;
  readonly lease: LifeLease;
  /** What the node does; undefined before it has begun. */
  duties: Duties | undefined;
}
