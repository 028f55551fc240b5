import type { Message } from "../actor/message.ts";
import type { LaneName } from "../store/contract.ts";
import type { Run } from "./lane.ts";
import type { Lanes } from "./lanes.ts";

/** Actors that are kept away from the host for a while. */
export interface Holds {
  has(address: string): boolean;
  /** Keeps what is offered of the actor until it is let go; false when it is not held. */
  keep(head: Message, address: string): boolean;
  /** As `Dispatcher.hold`. */
  hold(address: string): (removed: readonly string[]) => void;
  /**
   * Takes the actors' runs out of their lanes for good, and what is offered of them until the answer is called. What of
   * them is ready then, and this node's, is only known to the store. None of them may be at the host, or held.
   */
  giveUp(addresses: readonly string[]): () => void;
}

/** `letGo`: the actor's tenant may have something to deliver again. */
export function createHolds(lanes: Lanes, letGo: (tenant: string) => void): Holds {
  const held = new Map<string, Run | null>();
  const givenUp = new Set<string>();
  return {
    has: (address) => held.has(address) || givenUp.has(address),
    keep(head, address) {
      if (givenUp.has(address)) return true;
      if (!held.has(address)) return false;
      held.set(address, [head]);
      return true;
    },
    hold(address) {
      const { tenant, kind } = laneOf(address);
      held.set(address, lanes.find({ tenant, kind })?.drop(address) ?? null);
      return (removed) => {
        const run = held.get(address)?.filter((message) => !removed.includes(message.id)) ?? [];
        held.delete(address);
        const lane = lanes.of({ tenant, kind });
        for (const messageId of removed) lane.gone(messageId);
        if (run.length > 0) lane.offer(run, address);
        else if (removed.length === 0) lane.expectMore();
        letGo(tenant);
      };
    },
    giveUp(addresses) {
      for (const address of addresses) {
        givenUp.add(address);
        lanes.find(laneOf(address))?.drop(address);
      }
      return () => {
        for (const address of addresses) {
          givenUp.delete(address);
          // A read under way may have seen what is another node's by now.
          lanes.find(laneOf(address))?.gone(address);
        }
      };
    },
  };
}

export function laneOf(address: string): LaneName {
  const [tenant, kind] = address.split("/") as [string, string];
  return { tenant, kind };
}
