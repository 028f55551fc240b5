import type { Message } from "../actor/message.ts";
import type { Run } from "./lane.ts";
import type { Lanes } from "./lanes.ts";

/** Actors that are kept away from the host for a while. */
export interface Holds {
  has(address: string): boolean;
  /** Keeps what is offered of the actor until it is let go; false when it is not held. */
  keep(head: Message, address: string): boolean;
  /** As `Dispatcher.hold`. */
  hold(address: string): (removed: readonly string[]) => void;
}

/** `letGo`: the actor's tenant may have something to deliver again. */
export function createHolds(lanes: Lanes, letGo: (tenant: string) => void): Holds {
  const held = new Map<string, Run | null>();
  return {
    has: (address) => held.has(address),
    keep(head, address) {
      if (!held.has(address)) return false;
      held.set(address, [head]);
      return true;
    },
    hold(address) {
      const [tenant, kind] = address.split("/") as [string, string];
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
  };
}
