import { type Address, formatAddress } from "../actor/address.ts";
import type { EntryWork } from "./entry_work.ts";

/** Seqs that the batch tells as ready with their append; in the order of the works, as a message may be parked later on. */
export function announcedBy(works: readonly EntryWork[]): ReadonlySet<number> {
  const announced = new Set<number>();
  for (const work of works) {
    for (const seq of work.announced) announced.add(seq);
    for (const seq of work.silenced) announced.delete(seq);
  }
  return announced;
}

/** Each mailbox whose head may have changed, once, with the last work that touched it. */
export function lastTouches(works: readonly EntryWork[]): Iterable<{ work: EntryWork; address: Address }> {
  const last = new Map<string, { work: EntryWork; address: Address }>();
  for (const work of works) {
    for (const address of work.touched) last.set(formatAddress(address), { work, address });
  }
  return last.values();
}
