import type { Message } from "../actor/message.ts";
import type { Likelihood } from "../actor/outcome.ts";

const MOST_SUSPECTS = 10_000;

/**
 * Messages that were at hand when a process died and nobody could say which was the cause: each runs alone the next time,
 * which clears it or convicts it. One that has crashed before runs alone in any case. In memory: after the server's own
 * death everything is tried together again.
 */
export interface Suspects {
  /** Undefined for one that is no suspect. */
  of(message: Message): Likelihood | undefined;
  add(messageId: string, likelihood: Likelihood): void;
  clear(messageId: string): void;
}

export function createSuspects(): Suspects {
  const suspects = new Map<string, Likelihood>();
  return {
    of: ({ id, crashes }) => crashes > 0 ? "likely" : suspects.size > 0 ? suspects.get(id) : undefined,
    add(messageId, likelihood) {
      suspects.set(messageId, likelihood);
      // The oldest goes: should it be the cause, it will kill again.
      if (suspects.size > MOST_SUSPECTS) suspects.delete(suspects.keys().next().value!);
    },
    clear: (messageId) => void (suspects.size > 0 && suspects.delete(messageId)),
  };
}
