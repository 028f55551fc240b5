import { formatAddress } from "../../runtime/actor/address.ts";
import type { Message } from "../../runtime/actor/message.ts";
import type { HeadPlace, LaneName, StoreReads } from "../../runtime/store/contract.ts";
import type { PlainMailboxes } from "./plain_mailboxes.ts";

/** A read that was asked for; the test decides when the store looks, and when the answer arrives. */
export interface OpenRead {
  readonly look: () => void;
  readonly answer: () => void;
}

/** What a dispatcher reads of a store, from mailboxes kept the slow and obvious way. */
export function plainReads(
  mailboxes: PlainMailboxes,
  { now, opened }: { now: () => number; opened: (read: OpenRead) => void },
): StoreReads {
  const later = <T>(look: () => T): Promise<T> =>
    new Promise((resolve) => {
      let seen: { value: T } | null = null;
      const open = {
        look: () => void (seen ??= { value: look() }),
        answer: () => (open.look(), resolve(seen!.value)),
      };
      opened(open);
    });
  const heads = (isOf: (head: Message) => boolean) =>
    mailboxes.addresses.flatMap((address) => mailboxes.ready(address, now()).slice(0, 1)).filter(isOf);
  const reads: Pick<StoreReads, "readyLanes" | "readyHeads" | "mailboxBehind"> = {
    readyLanes: () =>
      later((): LaneName[] => {
        const names = new Map(heads(() => true).map(({ tenant, kind }) => [`${tenant}/${kind}`, { tenant, kind }]));
        return [...names.values()];
      }),
    readyHeads: ({ tenant, kind }, limit, { from } = { from: null }) =>
      later(() =>
        heads((head) => head.tenant === tenant && head.kind === kind)
          .filter((head) => from === null || inLane(from, head) <= 0)
          .sort(inLane)
          .slice(0, limit)
      ),
    mailboxBehind: (place, { limit }) =>
      later(() =>
        mailboxes.ready(formatAddress(place), now())
          .filter(({ dueAt, seq }) => dueAt > place.dueAt || (dueAt === place.dueAt && seq > place.seq))
          .slice(0, limit)
      ),
  };
  return reads as StoreReads;
}

function inLane(one: HeadPlace, other: HeadPlace): number {
  return other.priority - one.priority || one.readyAt - other.readyAt || one.seq - other.seq;
}
