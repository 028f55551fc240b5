import { type Address, checkAddress, formatAddress } from "../actor/address.ts";
import type { Registry } from "../actor/registry.ts";
import { upgrade } from "../actor/schema.ts";
import type { StoreReads } from "../store/contract.ts";
import type { Inspection } from "./contract.ts";

/** Reads what is committed of an actor; null when it has neither state nor mail. */
export function createInspecting(
  { registry, read, isBusy }: { registry: Registry; read: StoreReads; isBusy: (address: string) => boolean },
): (address: Address) => Promise<Inspection | null> {
  return async (address) => {
    checkAddress(address);
    const kind = registry.kind(address.kind);
    const [snapshot, mailboxDepth, supervised] = await Promise.all([
      read.snapshot(address),
      read.mailboxDepth(address),
      read.supervised(address),
    ]);
    const parked = supervised?.parked ?? null;
    if (snapshot === null && mailboxDepth === 0 && parked === null) return null;
    const { state, stateVersion, version = 0, updatedAt = null } = snapshot ?? {};
    return {
      state: state === undefined ? null : upgrade(JSON.parse(state), stateVersion!, kind.upgrade.state),
      version,
      updatedAt,
      mailboxDepth,
      running: isBusy(formatAddress(address)),
      parked,
    };
  };
}
