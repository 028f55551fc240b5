import { type Address, formatAddress } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { NewMessage } from "../contract.ts";
import type { Slot } from "../schema.ts";
import { plan, type Planned, type UndoLog } from "./undo.ts";

/** What planning changes of a message. */
export interface MailState {
  readonly slot: Slot;
  /** The generation whose it is; 0: nobody's. */
  readonly owner: number;
  readonly readyAt: number;
  readonly put: Put | null;
  readonly mark: { readonly generation: number; readonly deaths: number } | null;
  readonly wishedBy: string | null;
}

/** What a postponement writes beside the time. */
export interface Put {
  readonly attempts: number;
  readonly crashes: number;
  /** JSON. */
  readonly lastError: string | null;
}

/** What a dead letter says beside its message. */
export interface Burial {
  readonly attempts: number;
  readonly crashes: number;
  /** JSON. */
  readonly error: string;
  readonly diedAt: number;
}

/** A message of a mailbox. `stored` null: it is new; `now` null: it is gone. */
export interface Mail extends Planned<MailState | null> {
  readonly ref: MessageRef;
  readonly dedupeKey: string | null;
  /** Of one that is new. */
  readonly added: { readonly message: NewMessage; readonly recorded: boolean } | null;
  /** Of one that left for the dead letters. */
  burial: Burial | null;
}

export const UNTOUCHED = { put: null, mark: null, wishedBy: null } as const;

/** A message as it was read, or appended. */
export function mailOf(
  ref: MessageRef,
  { slot, owner, readyAt, dedupeKey, added = null }:
    & Pick<MailState, "slot" | "owner" | "readyAt">
    & Pick<Mail, "dedupeKey">
    & Partial<Pick<Mail, "added">>,
): Mail {
  const now: MailState = { slot, owner, readyAt, ...UNTOUCHED };
  return { ref, dedupeKey, added, stored: added === null ? now : null, now, burial: null };
}

/**
 * An actor's messages, as far as a batch may come to look at them: the first ones, one more than it takes away, so that
 * whichever leave, the next head is among them; those that it names; and those that it adds.
 */
export class Mailbox {
  readonly address: Address;
  isParked = false;
  /** Of those that were to be handled at once when they were appended: the latest due time. */
  latestAt = -Infinity;
  /** The owner of the head that has left while the next one is not made head yet; else null. */
  heir: number | null = null;
  /** In mailbox order, those that are gone as well. */
  readonly #mail: Mail[] = [];

  constructor(address: Address) {
    this.address = address;
  }

  get head(): Mail | undefined {
    return this.#mail.find(({ now }) => now !== null);
  }

  find({ dueAt, seq }: MessageRef): Mail | undefined {
    return this.#mail.find(({ ref }) => ref.seq === seq && ref.dueAt === dueAt);
  }

  /** Adds it where it belongs; one that is known already stays as it is. */
  add(mail: Mail): void {
    let index = this.#mail.length;
    while (index > 0 && isBefore(mail.ref, this.#mail[index - 1]!.ref)) index--;
    if (this.#mail[index - 1]?.ref.seq !== mail.ref.seq) this.#mail.splice(index, 0, mail);
  }

  drop(mail: Mail): void {
    this.#mail.splice(this.#mail.indexOf(mail), 1);
  }
}

/** All mailboxes that a batch may look at, and what it does to them without looking. */
export class Mailboxes {
  readonly undo: UndoLog;
  readonly #byName = new Map<string, Mailbox>();
  /** Those that may have changed since they were last taken. */
  #changed = new Set<Mail>();
  /** Appended to mailboxes that nobody need look at. */
  #blindly: Mail[] = [];
  /** The only messages of their mailboxes, taken away without a look. */
  #taken = new Map<string, MessageRef>();

  constructor(undo: UndoLog) {
    this.undo = undo;
  }

  open(address: Address): Mailbox {
    const name = formatAddress(address);
    let mailbox = this.#byName.get(name);
    if (mailbox === undefined) this.#byName.set(name, mailbox = new Mailbox(address));
    return mailbox;
  }

  at(address: Address): Mailbox | undefined {
    return this.#byName.size === 0 ? undefined : this.#byName.get(formatAddress(address));
  }

  values(): MapIterator<Mailbox> {
    return this.#byName.values();
  }

  set(mail: Mail, now: MailState | null): void {
    this.#changed.add(mail);
    plan<MailState | null>(mail, now, this.undo);
  }

  append(mailbox: Mailbox | undefined, mail: Mail): void {
    if (mailbox === undefined) {
      this.#blindly.push(mail);
      this.undo.did(() => this.#blindly.pop());
      return;
    }
    this.#changed.add(mail);
    mailbox.add(mail);
    this.undo.did(() => {
      mail.now = null;
      mailbox.drop(mail);
    });
  }

  /** Whether it was not taken before. */
  takeBlindly(ref: MessageRef): boolean {
    const name = `${formatAddress(ref)} ${ref.seq}`;
    if (this.#taken.has(name)) return false;
    this.#taken.set(name, ref);
    this.undo.did(() => this.#taken.delete(name));
    return true;
  }

  /** What there is to be written since the last time; each is handed out once. */
  take(): { readonly mail: readonly Mail[]; readonly taken: readonly MessageRef[] } {
    const changes = { mail: [...this.#blindly, ...this.#changed], taken: [...this.#taken.values()] };
    this.#blindly = [];
    this.#changed = new Set();
    this.#taken = new Map();
    return changes;
  }
}

function isBefore(one: MessageRef, other: MessageRef): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.seq < other.seq);
}
