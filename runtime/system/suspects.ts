import type { Message } from "../actor/message.ts";

const MOST_SUSPECTS = 10_000;

/**
 * Messages that were at hand when a process died and nobody could say which was the cause: each runs alone the next time,
 * which clears it or convicts it. One that has crashed before runs alone in any case. In memory: after the server's own
 * death everything is tried together again.
 */
export interface Suspects {
  runsAlone(message: Message): boolean;
  add(messageId: string): void;
  clear(messageId: string): void;
}

export function createSuspects(): Suspects {
  const suspects = new Set<string>();
  return {
    runsAlone: ({ id, crashes }) => crashes > 0 || (suspects.size > 0 && suspects.has(id)),
    add(messageId) {
      suspects.add(messageId);
      // The oldest goes: should it be the cause, it will kill again.
      if (suspects.size > MOST_SUSPECTS) suspects.delete(suspects.values().next().value!);
    },
    clear: (messageId) => void suspects.delete(messageId),
  };
}
