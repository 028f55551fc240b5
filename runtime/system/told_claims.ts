import type { Diagnostics } from "../observe/diagnostics.ts";
import type { SharedStore } from "../store/contract.ts";

/** Tells what is claimed. */
export function toldClaims(
  shared: Pick<SharedStore, "claim" | "claimable">,
  diagnostics: Diagnostics,
): Pick<SharedStore, "claim" | "claimable"> {
  return {
    claimable: () => shared.claimable(),
    async claim(lane, limit, how) {
      const messages = await shared.claim(lane, limit, how);
      if (messages.length > 0) {
        diagnostics.tell({ event: "heads.claimed", kind: lane.kind, heads: messages.length });
      }
      return messages;
    },
  };
}
