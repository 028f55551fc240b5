import type { DatabaseSync } from "node:sqlite";
import { type Address, formatAddress } from "../../actor/address.ts";
import type { Message } from "../../actor/message.ts";
import type { EntryWork } from "./entry_work.ts";
import { MESSAGE_COLUMNS } from "./message_columns.ts";
import { prepare, type Prepared } from "./prepared.ts";

const MAILBOX_MESSAGES = 256;
const MAILBOX_BYTES = 1024 * 1024;
/** Over all mailboxes of a batch; a head is told in any case. */
const BATCH_FOLLOWERS = 4_096;

/** Tells, once a batch and mailbox, what may be delivered next. */
export class ReadyMail {
  readonly #mailbox: Prepared<Address, Message & { readonly slot: number }>;

  constructor(db: DatabaseSync) {
    this.#mailbox = prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("messages").select([...MESSAGE_COLUMNS, "slot"])
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .orderBy("dueAt").orderBy("seq"),
    );
  }

  /** The mail of each mailbox, under the last work that touched it. */
  gather(works: readonly EntryWork[]): ReadonlyMap<EntryWork, readonly (readonly Message[])[]> {
    const announced = announcedBy(works);
    const ready = new Map<EntryWork, (readonly Message[])[]>();
    let followers = BATCH_FOLLOWERS;
    for (const { work, address } of lastTouches(works)) {
      const mail = this.#due(address, { now: work.at, limit: Math.min(MAILBOX_MESSAGES, 1 + followers) });
      if (mail[0] === undefined || announced.has(mail[0].seq)) continue;
      followers -= mail.length - 1;
      const mails = ready.get(work) ?? [];
      mails.push(mail);
      ready.set(work, mails);
    }
    return ready;
  }

  #due(address: Address, { now, limit }: { now: number; limit: number }): readonly Message[] {
    const due: Message[] = [];
    let bytes = 0;
    for (const { slot, ...message } of this.#mailbox.each(address)) {
      bytes += message.payload.length;
      const first = due.length === 0;
      if (first ? slot !== 1 : message.readyAt > now || bytes > MAILBOX_BYTES) break;
      due.push(message);
      if (due.length === limit) break;
    }
    return due;
  }
}

/** Seqs that the batch tells as ready with their append; in the order of the works, as a message may be parked later on. */
function announcedBy(works: readonly EntryWork[]): ReadonlySet<number> {
  const announced = new Set<number>();
  for (const work of works) {
    for (const seq of work.announced) announced.add(seq);
    for (const seq of work.silenced) announced.delete(seq);
  }
  return announced;
}

function lastTouches(works: readonly EntryWork[]): Iterable<{ work: EntryWork; address: Address }> {
  const last = new Map<string, { work: EntryWork; address: Address }>();
  for (const work of works) {
    for (const address of work.touched) last.set(formatAddress(address), { work, address });
  }
  return last.values();
}
