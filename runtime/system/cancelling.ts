import { type Address, formatAddress } from "../actor/address.ts";
import type { AnyKind } from "../actor/kind.ts";
import { refOf } from "../actor/message.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Dispatcher } from "../mailbox/dispatcher.ts";
import type { StoreReads } from "../store/contract.ts";
import type { Commits } from "./commits.ts";
import type { Turns } from "./turns.ts";

/** Cancels the first message of an actor: at the host by a wish, in the mailbox by a commit. */
export function createCancelling(
  { kindOf, now, read, dispatcher, turns, commits, cancelTurn }: {
    kindOf: (kind: string) => AnyKind;
    now: () => number;
    read: StoreReads;
    dispatcher: Dispatcher;
    turns: Turns;
    commits: Commits;
    cancelTurn: (turn: number) => void;
  },
): (address: Address) => Promise<"cancelled" | "cancelling"> {
  const underWay = new Set<string>();
  const justNow = (name: string, what: string) =>
    new RuntimeError("conflict", `${name} ${what}: look at it again`, { retryable: true });
  return async (address) => {
    const name = formatAddress(address);
    if (underWay.has(name)) throw justNow(name, "is being cancelled");
    const turn = turns.wishCancelled(name);
    if (turn !== undefined) {
      cancelTurn(turn);
      return "cancelling";
    }
    if (dispatcher.isBusy(name)) throw justNow(name, "has just ended its turn");
    underWay.add(name);
    const release = dispatcher.hold(name);
    const removed: string[] = [];
    try {
      const [message] = await read.mailbox(address, 1);
      if (message === undefined) throw new RuntimeError("not-found", `${name} has no message to cancel`);
      const journal = kindOf(message.kind).journal?.cancelled(message, null, now());
      const result = await commits.outcome({
        tenant: message.tenant,
        at: now(),
        writes: [
          { write: "remove", ref: refOf(message) },
          ...(journal?.rows ?? []).map((row) => ({ write: "row", row }) as const),
        ],
        events: journal?.events ?? [],
      });
      if (result.status !== "committed") throw justNow(name, "changed in the meantime");
      removed.push(message.id);
      return "cancelled";
    } finally {
      underWay.delete(name);
      release(removed);
      dispatcher.pump();
    }
  };
}
