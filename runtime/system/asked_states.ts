import { type Address, formatAddress } from "../actor/address.ts";
import type { Snapshot } from "../store/contract.ts";

/**
 * Reads the states that questions are about. Questions to one actor that come in the same turn of the event loop share a
 * read: no commit can become known between them.
 */
export function createAskedStates(
  snapshot: (address: Address) => Promise<Snapshot | null>,
): (address: Address) => Promise<Snapshot | null> {
  const reads = new Map<string, Promise<Snapshot | null>>();
  return (to) => {
    const address = formatAddress(to);
    const shared = reads.get(address);
    if (shared !== undefined) return shared;
    if (reads.size === 0) queueMicrotask(() => reads.clear());
    const read = snapshot(to);
    reads.set(address, read);
    return read;
  };
}
