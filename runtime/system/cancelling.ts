import { type Address, formatAddress } from "../actor/address.ts";
import type { AnyKind } from "../actor/kind.ts";
import { type Message, refOf } from "../actor/message.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { CancelWish, SharedStore, StoreReads } from "../store/contract.ts";
import { batchWritesOf } from "./batch_writes.ts";
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
  /** Obeys the wishes that concern this node, whoever gave them: aborts what runs here, removes what waits. */
  obey(): Promise<void>;
}

/** A wish for what is another node's is not tried again before. */
const TRIED_MS = 10_000;

export function createCancelling(
  { kindOf, clock, read, shared, dispatcher, turns, commits, cancelTurn }: {
    kindOf: (kind: string) => AnyKind | undefined;
    clock: Clock;
    /** Of a store that other nodes share, which may own what is to be cancelled. */
    shared: Pick<SharedStore, "hint"> | undefined;
    read: StoreReads;
    dispatcher: Dispatcher;
    turns: Turns;
    commits: Commits;
    cancelTurn: (turn: number) => void;
  },
): Cancelling {
  const now = () => clock.now();
  const underWay = new Set<string>();
  /** Messages that another node owned, and when they may be tried again, in monotonic ms. */
  const elsewhere = new Map<string, number>();
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
      // Who was answered with a refusal shall not find the job cancelled at its next failure.
      flight.cancelWishedBy = null;
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
        ...batchWritesOf(message, kind, { end: { how: "cancelled" } }),
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

  /** Keeps the actor away from the host meanwhile. `act` answers the id of what it has removed. */
  const held = async (name: string, act: () => Promise<string | null>): Promise<"cancelled" | "cancelling"> => {
    underWay.add(name);
    const release = dispatcher.hold(name);
    const removed: string[] = [];
    try {
      const messageId = await act();
      if (messageId !== null) removed.push(messageId);
      return messageId === null ? "cancelling" : "cancelled";
    } finally {
      underWay.delete(name);
      release(removed);
      dispatcher.pump();
    }
  };

  const cancelWaiting = (address: Address, name: string, deed: Deed) =>
    held(name, async () => {
      const [message] = await read.mailbox(address, 1);
      if (message === undefined) throw new RuntimeError("not-found", `${name} has no message to cancel`);
      if (await remove(message, deed)) return message.id;
      if (!await wishElsewhere(message, deed)) throw justNow(name, "changed in the meantime");
      return null;
    });

  /** Of a message that could not be removed, perhaps since another node owns it: that one is to obey. */
  const wishElsewhere = async (message: Message, { by, rows }: Deed): Promise<boolean> => {
    if (shared === undefined) return false;
    const { tenant } = message;
    const writes = [{ write: "wish-cancelled", ref: refOf(message), by }] as const;
    const result = await commits.append({ tenant, at: now(), writes, rows });
    shared.hint({ wishes: true });
    return result.status === "committed";
  };

  const obeyOne = async ({ message, by }: CancelWish): Promise<void> => {
    const name = formatAddress(message);
    const flight = turns.wishCancelled(name, by, message.id);
    if (flight !== undefined) {
      if (!wishes.has(flight)) cancelTurn(flight.turn);
      wishes.set(flight, Promise.resolve());
    } else if (
      !dispatcher.isBusy(name) && !underWay.has(name) && !((elsewhere.get(message.id) ?? 0) > clock.monotonic())
    ) {
      await held(name, async () => {
        if (await remove(message, { by, rows: [] })) return message.id;
        elsewhere.set(message.id, clock.monotonic() + TRIED_MS);
        return null;
      });
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
      return await cancelWaiting(address, name, deed);
    },
    async keepWishes() {
      for (const { message, by } of await read.wishedCancelled()) await remove(message, { by, rows: [] });
    },
    async obey() {
      const wished = await read.wishedCancelled();
      for (const id of elsewhere.keys()) if (!wished.some(({ message }) => message.id === id)) elsewhere.delete(id);
      for (const wish of wished) await obeyOne(wish);
    },
  };
}
