import { type Address, formatAddress } from "../../actor/address.ts";
import { integers } from "./arrays.ts";
import { type Session, statement } from "./session.ts";

/** Locks of this program among others' on the same database; each until the end of the transaction. */
const ALL_MAILBOXES = 1_835_100_524;
const MAILBOX = 1_835_100_525;
/** Beyond it a batch locks all mailboxes as one: the server has room for some thousands of locks by default. */
const MOST_LOCKS = 1_024;

const share = statement(`select pg_advisory_xact_lock_shared(${ALL_MAILBOXES}, 0)`);
const lockAll = statement(`select pg_advisory_xact_lock(${ALL_MAILBOXES}, 0)`);
// In the order of the array.
const lockEach = statement(`select pg_advisory_xact_lock(${MAILBOX}, lock) from unnest($1::integer[]) as lock`);

/**
 * Sends what locks these mailboxes, in an order that is the same for everybody: so nobody waits in a circle. Two of them may
 * have one lock, which does no harm but a wait.
 */
export function lockMailboxes(session: Session, addresses: Iterable<Address>): void {
  const locks = new Set<number>();
  for (const address of addresses) locks.add(lockOf(formatAddress(address)));
  if (locks.size === 0) return;
  if (locks.size > MOST_LOCKS) return void session.send(lockAll, []);
  session.send(share, []);
  session.send(lockEach, [integers([...locks].sort((one, other) => one - other))]);
}

/** FNV-1a, as a 32-bit integer. @see Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm" */
export function lockOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
