import type { Address } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { Appended, NewMessage, Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { EntryWork } from "../entry_work.ts";
import type { Slot } from "../schema.ts";
import type { DedupeKeys } from "./dedupe_keys.ts";
import type { NewHeads } from "./heads.ts";
import { type Burial, type Mail, type Mailbox, type Mailboxes, mailOf } from "./mail.ts";
import type { Seqs } from "./seqs.ts";
import type { DueHeads } from "./wakes.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;
type HeadSlot = Exclude<Slot, 0>;

/** What mailboxes are planned with. */
export interface MailParts {
  readonly mailboxes: Mailboxes;
  readonly dedupe: DedupeKeys;
  readonly heads: NewHeads;
  readonly seqs: Seqs;
  readonly due: DueHeads;
}

/**
 * The writes that change mailboxes. Invariant, between entries: of each mailbox that the batch looks at, the first message
 * by (dueAt, seq) has slot 1 or 2, or 3 while its actor is parked, and all others have slot 0; so whoever puts one before
 * the first demotes it, and where the first was taken away the next one is promoted: at the end of the entry, as an actor
 * that handled many messages takes them all away.
 *
 * Whose a head is: an actor is its head's owner's, and stays his. One that is put before a head that somebody has becomes
 * his as well, as does the one behind a head that this node has. A head that waits or is parked keeps its owner, who may
 * have it at his host; so does one that was demoted. Only an owner may remove or postpone what is his.
 *
 * A message that is to be handled at once does not come before one that was: where clocks of nodes differ, it is moved.
 */
export class MailPlanner {
  readonly #parts: MailParts;

  constructor(parts: MailParts) {
    this.#parts = parts;
  }

  /** Whether the message was added: its dedupe key may be held. */
  append(work: EntryWork, { message, recorded = false }: WriteOf<"append">): boolean {
    const { mailboxes, dedupe } = this.#parts;
    const holder = dedupe.holderOf(message);
    if (holder !== undefined) {
      work.appended.push({ slot: "held", key: holder });
      return false;
    }
    const mailbox = mailboxes.at(message);
    const placed = mailbox === undefined
      ? this.#placed(message, { recorded, slot: message.dueAt <= work.at ? 1 : 2 })
      : this.#placeIn(mailbox, work, { message, recorded });
    mailboxes.append(mailbox, placed);
    dedupe.hold(placed);
    work.counts(message.tenant, 1);
    work.appended.push(this.#told(work, placed, message));
    return true;
  }

  remove(work: EntryWork, { ref, recorded = false }: WriteOf<"remove">): void {
    const mailbox = this.#parts.mailboxes.at(ref);
    work.counts(ref.tenant, -1);
    if (mailbox !== undefined) return this.#take(work, mailbox, { ref, burial: null });
    if (!recorded || !this.#parts.mailboxes.takeBlindly(ref)) throw entryRefusals.gone(ref);
    this.#parts.dedupe.free(ref);
  }

  bury(work: EntryWork, { ref, attempts, crashes, error, at }: WriteOf<"bury">): void {
    work.counts(ref.tenant, -1);
    const burial = { attempts, crashes, error: JSON.stringify(error), diedAt: at };
    this.#take(work, this.#parts.mailboxes.open(ref), { ref, burial });
  }

  postpone(work: EntryWork, { ref, readyAt, attempts, crashes, lastError }: WriteOf<"postpone">): void {
    const { mailboxes, heads } = this.#parts;
    const mailbox = mailboxes.open(ref);
    const mail = this.#owned(mailbox, ref);
    const before = mail.now!;
    const slot = before.slot === 0 ? 0 : slotOf(mailbox, { readyAt, now: work.at });
    const wakes = slot === 1 && (before.owner === 0 || (before.slot !== 1 && heads.isLimited(ref)));
    const put = { attempts, crashes, lastError: lastError === null ? null : JSON.stringify(lastError) };
    mailboxes.set(mail, {
      ...before,
      slot,
      owner: wakes ? heads.ownerOf(ref) : before.owner,
      readyAt,
      put,
      mark: null,
    });
    if (slot === 2) work.waits(readyAt);
    work.touched.push(mailbox.address);
  }

  mark({ ref, deaths }: WriteOf<"mark">): void {
    const { mailboxes, heads } = this.#parts;
    const mail = this.#find(mailboxes.open(ref), ref);
    mailboxes.set(mail, { ...mail.now!, mark: { generation: heads.me, deaths } });
  }

  unmark({ ref }: WriteOf<"unmark">): void {
    const { mailboxes } = this.#parts;
    const mail = mailboxes.open(ref).find(ref);
    if (mail?.now) mailboxes.set(mail, { ...mail.now, mark: { generation: 0, deaths: 0 } });
  }

  wishCancelled({ ref, by }: WriteOf<"wish-cancelled">): void {
    const { mailboxes } = this.#parts;
    const mail = this.#find(mailboxes.open(ref), ref);
    mailboxes.set(mail, { ...mail.now!, wishedBy: by });
  }

  /** The actor was parked or freed: its head gets the slot that goes with that. */
  reslot(work: EntryWork, address: Address): void {
    const { mailboxes, heads } = this.#parts;
    const mailbox = mailboxes.open(address);
    const head = mailbox.head;
    if (head === undefined) return;
    const { owner, readyAt } = head.now!;
    const slot = slotOf(mailbox, { readyAt, now: work.at });
    mailboxes.set(head, { ...head.now!, slot, owner: slot === 1 && owner === 0 ? heads.ownerOf(address) : owner });
    if (slot === 1) work.touched.push(mailbox.address);
    if (slot === 2) work.waits(readyAt);
    if (slot === 3) work.silenced.push(head.ref.seq);
  }

  /** Also tells when the next one is due, among those that stay waiting. */
  wake(work: EntryWork, wake: WriteOf<"wake">): void {
    const { mailboxes, heads, due } = this.#parts;
    for (const head of due.take(mailboxes, wake)) {
      const owner = head.now!.owner === 0 || heads.isLimited(head.ref) ? heads.ownerOf(head.ref) : head.now!.owner;
      mailboxes.set(head, { ...head.now!, slot: 1, owner });
      work.touched.push(mailboxes.open(head.ref).address);
    }
    const next = due.next(mailboxes);
    if (next !== null) work.waits(next);
  }

  /** To be called before a write that looks at heads, and when all are done: where heads have left, the next ones take their place. */
  settle(work: EntryWork): void {
    for (const address of work.headless.splice(0)) {
      if (this.#promote(work, this.#parts.mailboxes.open(address))) work.touched.push(address);
    }
  }

  #placeIn(
    mailbox: Mailbox,
    work: EntryWork,
    { message, recorded }: { message: NewMessage; recorded: boolean },
  ): Mail {
    const { mailboxes } = this.#parts;
    const head = mailbox.head;
    if (head !== undefined && recorded) throw entryRefusals.hasItsMessage(message);
    const moved = inOrder(mailbox, message, mailboxes);
    if (head !== undefined && head.ref.dueAt <= moved.dueAt) return this.#placed(moved, { recorded, slot: 0 });
    if (head !== undefined) mailboxes.set(head, { ...head.now!, slot: 0 });
    const slot = slotOf(mailbox, { readyAt: moved.dueAt, now: work.at });
    return this.#placed(moved, { recorded, slot, owner: head?.now?.owner ?? 0 });
  }

  #placed(
    message: NewMessage,
    { recorded, slot, owner = 0 }: { recorded: boolean; slot: Slot; owner?: number },
  ): Mail {
    const { tenant, kind, key, dueAt, dedupeKey } = message;
    const ref = { tenant, kind, key, dueAt, seq: this.#parts.seqs.next() };
    const whose = slot === 1 && owner === 0 ? this.#parts.heads.ownerOf(ref) : owner;
    return mailOf(ref, { slot, owner: whose, readyAt: dueAt, dedupeKey, added: { message, recorded } });
  }

  #told(work: EntryWork, { ref: { seq, dueAt }, now }: Mail, asked: NewMessage): Appended {
    const { slot, owner } = now!;
    const isOurs = slot === 1 && owner === this.#parts.heads.me;
    if (isOurs) work.announced.push(seq);
    if (slot === 2) work.waits(dueAt);
    const place = slot === 1 && !isOurs ? "unowned" : PLACES[slot];
    return { seq, slot: place, ...(dueAt === asked.dueAt ? {} : { dueAt }) };
  }

  #take(work: EntryWork, mailbox: Mailbox, { ref, burial }: { ref: MessageRef; burial: Burial | null }): void {
    const { mailboxes, dedupe } = this.#parts;
    const mail = this.#owned(mailbox, ref);
    const { slot, owner } = mail.now!;
    mail.burial = burial;
    mailboxes.set(mail, null);
    dedupe.free(mail.ref);
    if (mailbox.heir !== null) return;
    if (slot === 0) return void work.touched.push(mailbox.address);
    mailbox.heir = owner;
    mailboxes.undo.did(() => mailbox.heir = null);
    work.headless.push(mailbox.address);
  }

  /** Makes the first message head; false where there is none. */
  #promote(work: EntryWork, mailbox: Mailbox): boolean {
    const { mailboxes, heads } = this.#parts;
    const { heir, head: next } = mailbox;
    mailbox.heir = null;
    if (next === undefined) return false;
    const { readyAt } = next.now!;
    const slot = slotOf(mailbox, { readyAt, now: work.at });
    const owner = slot !== 1 ? 0 : heir || heads.ownerOf(mailbox.address);
    mailboxes.set(next, { ...next.now!, slot, owner });
    if (slot === 2) work.waits(readyAt);
    return true;
  }

  /** One that no other node has. */
  #owned(mailbox: Mailbox, ref: MessageRef): Mail {
    const mail = this.#find(mailbox, ref);
    const { owner } = mail.now!;
    if (owner !== 0 && owner !== this.#parts.heads.me) throw entryRefusals.anothers(ref);
    return mail;
  }

  /** One that was there before the batch: nobody can name another. */
  #find(mailbox: Mailbox, ref: MessageRef): Mail {
    const mail = mailbox.find(ref);
    if (!mail?.now || mail.added !== null) throw entryRefusals.gone(ref);
    return mail;
  }
}

const PLACES = ["behind", "ready", "waiting", "parked"] as const satisfies Record<Slot, string>;

function slotOf({ isParked }: Mailbox, { readyAt, now }: { readyAt: number; now: number }): HeadSlot {
  if (isParked) return 3;
  return readyAt <= now ? 1 : 2;
}

/** As it was sent, or due when the latest is that was sent before it to be handled at once, where it was as well. */
function inOrder(mailbox: Mailbox, message: NewMessage, { undo }: Mailboxes): NewMessage {
  if (message.dueAt !== message.enqueuedAt) return message;
  const before = mailbox.latestAt;
  // As if it were sent then, so that it is known as one of them when those before it have left.
  if (message.dueAt < before) return { ...message, dueAt: before, enqueuedAt: before };
  mailbox.latestAt = message.dueAt;
  undo.did(() => mailbox.latestAt = before);
  return message;
}
