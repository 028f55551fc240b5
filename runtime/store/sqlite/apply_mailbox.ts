import type { DatabaseSync } from "node:sqlite";
import { type Address, formatAddress, isSameAddress } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { NewMessage, Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { EntryWork } from "../entry_work.ts";
import type { Slot } from "../schema.ts";
import { type MailboxStatements, type NewRow, prepareMailboxes } from "./mailbox_statements.ts";
import type { ParkedActors } from "./parked_actors.ts";
import type { Sequence } from "./sequence.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;

type Head = Pick<MessageRef, "dueAt" | "seq">;

/** Of an appended message. */
const PLACES = ["behind", "ready", "waiting", "parked"] as const satisfies Record<Slot, string>;

/**
 * The writes that change mailboxes. Invariant, between entries: of each mailbox the first message by (dueAt, seq) has slot
 * 1 or 2, or 3 while its actor is parked, and all others have slot 0; so whoever puts one before the first demotes it, and
 * where the first was taken away the next one is promoted. That waits for the end of the entry: an actor that handled many
 * messages takes them all away, and only what is first then needs its place among the heads.
 *
 * A message that is being handled may have been demoted since: it leaves or is postponed like any other, but changes no slot.
 */
export class Mailboxes {
  readonly #statements: MailboxStatements;
  readonly #parked: ParkedActors;
  /** Appended, and not written yet. */
  #gathered: NewRow[] = [];
  /** The addresses of those. */
  readonly #gatheredAt = new Set<string>();
  /** Handled, of kinds with a record, and not removed yet. */
  #leaving: MessageRef[] = [];
  #lastHead: (Address & Head) | null = null;
  readonly #sequence: Sequence;

  constructor(db: DatabaseSync, { parked, sequence }: { parked: ParkedActors; sequence: Sequence }) {
    this.#statements = prepareMailboxes(db);
    this.#parked = parked;
    this.#sequence = sequence;
  }

  /** Whether the message was added: its dedupe key may be held. */
  append(work: EntryWork, { message, fresh = false, recorded = false }: WriteOf<"append">): boolean {
    const holder = this.#holder(message);
    if (holder !== undefined) {
      work.appended.push({ slot: "held", key: holder });
      return false;
    }
    const slot = fresh || this.#makeWay(message, { recorded })
      ? this.#headSlot(message, { readyAt: message.dueAt, now: work.at })
      : 0;
    const seq = this.#sequence.next();
    this.#gathered.push({
      ...message,
      seq,
      readyAt: message.dueAt,
      sender: message.by,
      slot,
      recorded: recorded ? 1 : 0,
    });
    this.#gatheredAt.add(formatAddress(message));
    work.counts(message.tenant, 1);
    if (slot === 1) work.announced.push(seq);
    if (slot === 2) work.waits(message.dueAt);
    work.appended.push({ seq, slot: PLACES[slot] });
    return true;
  }

  /**
   * To be called before what looks at messages, unless it is here, and when a batch is done: writes what was appended.
   * Appends gather because they come many at a time, and one statement for several costs less.
   */
  flush(): void {
    this.#lastHead = null;
    if (this.#gathered.length === 0) return;
    const rows = this.#gathered;
    this.#gathered = [];
    this.#gatheredAt.clear();
    this.#statements.insert.run(rows);
  }

  /** The mailbox is about to be looked at, or changed otherwise than by an append. */
  #flushOf(address: Address): void {
    this.#lastHead = null;
    if (this.#gathered.length > 0 && this.#gatheredAt.has(formatAddress(address))) this.flush();
  }

  /** Removes what has left and is still there, for the sake of rows that are written first. */
  flushLeaving(): void {
    if (this.#leaving.length === 0) return;
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const ref of leaving) this.#remove(ref);
  }

  /** Drops what has not been flushed. */
  discard(): void {
    this.#gathered = [];
    this.#gatheredAt.clear();
    this.#leaving = [];
    this.#lastHead = null;
  }

  remove(work: EntryWork, { ref, recorded = false }: WriteOf<"remove">): void {
    if (!recorded) return this.#take(work, ref);
    this.#leaving.push(ref);
    work.counts(ref.tenant, -1);
  }

  postpone(work: EntryWork, { ref, readyAt, attempts, crashes, lastError }: WriteOf<"postpone">): void {
    const left = this.#statements.postpone.get({
      ...ref,
      readyAt,
      attempts,
      crashes,
      lastError: lastError === null ? null : JSON.stringify(lastError),
      slot: this.#headSlot(ref, { readyAt, now: work.at }),
    });
    if (left === undefined) throw entryRefusals.gone(ref);
    if (left.slot === 2) work.waits(readyAt);
    work.touched.push(addressOf(ref));
  }

  bury(work: EntryWork, { ref, attempts, crashes, error, at }: WriteOf<"bury">): void {
    const dead = { ...ref, attempts, crashes, error: JSON.stringify(error), diedAt: at };
    if (this.#statements.copyToDead.run(dead) === 0) throw entryRefusals.gone(ref);
    this.#take(work, ref);
  }

  /** The actor was parked or freed: its head gets the slot that goes with that. */
  reslot(work: EntryWork, address: Address): void {
    const head = this.#promote(work, address);
    if (head?.slot === 3) work.silenced.push(head.seq);
    if (head?.slot === 1) work.touched.push(addressOf(address));
  }

  /** Also tells when the next one is due, among those that stay waiting. */
  wake(work: EntryWork, { now, limit }: WriteOf<"wake">): void {
    for (const head of this.#statements.dueHeads.all({ now, limit })) {
      this.#statements.setSlot.run({ ...head, slot: 1 });
      work.touched.push(addressOf(head));
    }
    const next = this.#statements.nextDueAt.get({})?.readyAt ?? null;
    if (next !== null) work.waits(next);
  }

  /** The actor whose unhandled message bears the same dedupe key. */
  #holder({ tenant, kind, dedupeKey }: NewMessage): string | undefined {
    if (dedupeKey === null) return undefined;
    this.flush();
    return this.#statements.held.get({ tenant, kind, dedupeKey })?.key;
  }

  /**
   * The head of the message's mailbox. That of the latest append is known, as long as nothing but appends came after it:
   * a hot actor's messages come in stretches.
   */
  #headFor(message: NewMessage): Head | undefined {
    const known = this.#lastHead;
    if (known !== null && known.dueAt <= message.dueAt && isSameAddress(known, message)) return known;
    this.#flushOf(message);
    const head = this.#statements.head.get(message);
    const { tenant, kind, key, dueAt } = message;
    this.#lastHead = { tenant, kind, key, ...(head === undefined || head.dueAt > dueAt ? { dueAt, seq: 0 } : head) };
    return head;
  }

  /** Whether the message will be first; a head that it comes before is demoted. */
  #makeWay(message: NewMessage, { recorded }: { recorded: boolean }): boolean {
    const head = this.#headFor(message);
    if (head === undefined) return true;
    if (recorded) throw entryRefusals.hasItsMessage(message);
    if (head.dueAt <= message.dueAt) return false;
    this.#statements.setSlot.run({ ...addressOf(message), dueAt: head.dueAt, seq: head.seq, slot: 0 });
    return true;
  }

  /** To be called before a write that looks at heads, and when all are done: where heads have left, the next ones take their place. */
  settle(work: EntryWork): void {
    if (work.headless.length === 0) return;
    for (const address of work.headless.splice(0)) {
      this.#flushOf(address);
      const first = this.#statements.head.get(address);
      if (first === undefined) continue;
      // One that has its slot has come before what left.
      if (first.slot === 0) this.#enthrone(work, address, first);
      work.touched.push(address);
    }
  }

  #take(work: EntryWork, ref: MessageRef): void {
    work.counts(ref.tenant, -1);
    this.#flushOf(ref);
    this.#remove(ref);
    if (!work.isHeadless(ref)) work.headless.push(addressOf(ref));
  }

  #remove(ref: MessageRef): void {
    if (this.#statements.remove.run(ref) === 0) throw entryRefusals.gone(ref);
  }

  /** Gives the first message the slot that goes with how its actor is now, and answers both. */
  #promote(work: EntryWork, address: Address): { readonly seq: number; readonly slot: Slot } | undefined {
    const first = this.#statements.head.get(address);
    return first === undefined ? undefined : { seq: first.seq, slot: this.#enthrone(work, address, first) };
  }

  /** Makes the first message head, and answers its slot. */
  #enthrone(work: EntryWork, address: Address, first: Head & { readonly readyAt: number }): Slot {
    const slot = this.#headSlot(address, { readyAt: first.readyAt, now: work.at });
    this.#statements.setSlot.run({ ...addressOf(address), dueAt: first.dueAt, seq: first.seq, slot });
    if (slot === 2) work.waits(first.readyAt);
    return slot;
  }

  #headSlot(address: Address, { readyAt, now }: { readyAt: number; now: number }): Exclude<Slot, 0> {
    if (this.#parked.has(address)) return 3;
    return readyAt <= now ? 1 : 2;
  }
}

function addressOf({ tenant, kind, key }: Address): Address {
  return { tenant, kind, key };
}
