import { type Address, formatAddress } from "../actor/address.ts";
import type { AnyKind } from "../actor/kind.ts";
import { type Message, refOf } from "../actor/message.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { StoreReads } from "../store/contract.ts";
import type { Commits } from "./commits.ts";
import type { Deed } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";
import type { Flight } from "./flight.ts";
import { holdsStateOfOne } from "./outcome_entry.ts";
import type { Turns } from "./turns.ts";

export interface Cancelling {
  /** Cancels the first message of an actor: at the host by a durable wish, in the mailbox by a commit. */
  cancel(address: Address, deed?: Deed): Promise<"cancelled" | "cancelling">;
  /** Keeps the wishes of an earlier life, which its turns did not live to see; before anything is delivered. */
  keepWishes(): Promise<void>;
}

export function createCancelling(
  { kindOf, now, read, dispatcher, turns, commits, cancelTurn }: {
    kindOf: (kind: string) => AnyKind | undefined;
    now: () => number;
    read: StoreReads;
    dispatcher: Dispatcher;
    turns: Turns;
    commits: Commits;
    cancelTurn: (turn: number) => void;
  },
): Cancelling {
  const underWay = new Set<string>();
  /** Those on their way to the store, and those that are there. */
  const wishes = new WeakMap<Flight, Promise<unknown>>();
  const justNow = (name: string, what: string) =>
    new RuntimeError("conflict", `${name} ${what}: look at it again`, { retryable: true });

  /** One is enough: whoever wishes the same later changes nothing. */
  const wish = async (flight: Flight, { by, rows }: Deed): Promise<void> => {
    const known = wishes.get(flight);
    if (known !== undefined) return void await known;
    const { message } = flight;
    // Refused when the turn has just ended: then its outcome has decided.
    const kept = commits.append({
      tenant: message.tenant,
      at: now(),
      writes: [{ write: "wish-cancelled", ref: refOf(message), by }],
      rows,
    });
    wishes.set(flight, kept);
    await kept.catch((thrown: unknown) => {
      wishes.delete(flight);
      throw thrown;
    });
  };

  /** False when the message was gone. */
  const remove = async (message: Message, { by, rows }: Deed): Promise<boolean> => {
    const kind = kindOf(message.kind);
    const journal = kind?.journal?.cancelled(message, null, { at: now(), by });
    const { tenant, key } = message;
    const result = await commits.outcome({
      tenant,
      at: now(),
      writes: [
        ...(journal?.rows ?? []).map((row) => ({ write: "row", row }) as const),
        { write: "remove", ref: refOf(message), recorded: kind !== undefined && kind.journal !== null },
        ...(kind !== undefined && holdsStateOfOne(kind)
          ? [{ write: "forget", address: { tenant, kind: kind.kind, key } } as const]
          : []),
      ],
      rows,
      events: journal?.events ?? [],
    });
    return result.status === "committed";
  };

  const cancelWaiting = async (address: Address, name: string, deed: Deed): Promise<void> => {
    underWay.add(name);
    const release = dispatcher.hold(name);
    const removed: string[] = [];
    try {
      const [message] = await read.mailbox(address, 1);
      if (message === undefined) throw new RuntimeError("not-found", `${name} has no message to cancel`);
      if (!await remove(message, deed)) throw justNow(name, "changed in the meantime");
      removed.push(message.id);
    } finally {
      underWay.delete(name);
      release(removed);
      dispatcher.pump();
    }
  };

  return {
    async cancel(address, deed = OWN_DEED) {
      const name = formatAddress(address);
      if (underWay.has(name)) throw justNow(name, "is being cancelled");
      const flight = turns.wishCancelled(name, deed.by);
      if (flight !== undefined) {
        await wish(flight, deed);
        cancelTurn(flight.turn);
        return "cancelling";
      }
      if (dispatcher.isBusy(name)) throw justNow(name, "has just ended its turn");
      await cancelWaiting(address, name, deed);
      return "cancelled";
    },
    async keepWishes() {
      for (const { message, by } of await read.wishedCancelled()) await remove(message, { by, rows: [] });
    },
  };
}
