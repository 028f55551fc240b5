import { type Address, formatAddress } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { Claim, StoreEntry, Write } from "../contract.ts";
import type { BlobName } from "./plan_blobs.ts";

/** What has to be known of a mailbox. */
export interface MailboxNeed {
  readonly address: Address;
  /** How many of its messages the batch takes away: one more has to be known. */
  takes: number;
  /** Something is added to it. */
  grows: boolean;
}

/** What has to be locked and read before a batch can be planned. */
export class Needs {
  readonly mailboxes = new Map<string, MailboxNeed>();
  readonly refs: MessageRef[] = [];
  readonly dedupeKeys: { readonly tenant: string; readonly kind: string; readonly dedupeKey: string }[] = [];
  readonly claims: (Pick<Claim, "scope" | "key"> & { readonly tenant: string })[] = [];
  readonly blobs: BlobName[] = [];
  readonly letters: { readonly tenant: string; readonly id: string }[] = [];
  /** Whose rows of supervision change. */
  readonly supervised: Address[] = [];
  readonly parents: Address[] = [];
  readonly freed: Address[] = [];
  readonly forgotten: Address[] = [];
  wakeLimit = 0;
  wakeNow = -Infinity;
  appends = 0;

  /** Whether there is nothing to lock and to read. */
  get isNone(): boolean {
    return this.mailboxes.size + this.claims.length + this.dedupeKeys.length + this.blobs.length === 0 &&
      this.letters.length + this.supervised.length + this.wakeLimit === 0;
  }

  mailbox(address: Address): MailboxNeed {
    const name = formatAddress(address);
    let need = this.mailboxes.get(name);
    if (need === undefined) this.mailboxes.set(name, need = { address, takes: 0, grows: false });
    return need;
  }

  actor(address: Address): void {
    this.supervised.push(address);
    this.mailbox(address);
  }
}

/**
 * What a batch needs. `blindly`: messages of kinds that keep a record come and go without a look at their mailbox where
 * the batch does nothing else to it, as there is no other message in it; should that not be so, the batch has to be planned
 * again without it.
 */
export function needsOf(batch: readonly StoreEntry[], { blindly }: { blindly: boolean }): Needs {
  const needs = new Needs();
  const later: Write[] = [];
  for (const { tenant, claim, writes } of batch) {
    if (claim !== undefined) needs.claims.push({ tenant, scope: claim.scope, key: claim.key });
    for (const write of writes) {
      if (blindly && isBlind(write)) later.push(write);
      else need(needs, tenant, write);
      if (write.write === "append") noteAppend(needs, write);
    }
  }
  for (const write of later) {
    if (needs.mailboxes.has(formatAddress(addressOf(write)))) need(needs, "", write);
  }
  return needs;
}

type Mailing = Extract<Write, { readonly write: "append" | "remove" }>;

function isBlind(write: Write): write is Mailing {
  if (write.write === "remove") return write.recorded === true;
  return write.write === "append" && write.fresh === true && write.recorded === true;
}

function addressOf(write: Write): Address {
  return write.write === "append" ? write.message : (write as Extract<Write, { write: "remove" }>).ref;
}

function noteAppend(needs: Needs, { message }: Extract<Write, { write: "append" }>): void {
  needs.appends++;
  const { tenant, kind, dedupeKey } = message;
  if (dedupeKey !== null) needs.dedupeKeys.push({ tenant, kind, dedupeKey });
}

function need(needs: Needs, tenant: string, write: Write): void {
  switch (write.write) {
    case "append":
      needs.mailbox(write.message).grows = true;
      return;
    case "remove":
    case "bury":
      needs.mailbox(write.ref).takes++;
      return void needs.refs.push(write.ref);
    case "postpone":
    case "mark":
    case "unmark":
    case "wish-cancelled":
      needs.mailbox(write.ref);
      return void needs.refs.push(write.ref);
    case "discard":
      return void needs.letters.push({ tenant, id: write.id });
    case "restarts":
      return needs.actor(write.address);
    case "park":
      if (write.parked.because !== null) needs.mailbox(becauseOf(write.address, write.parked.because));
      return needs.actor(write.address);
    case "adopt":
      needs.actor(write.child);
      needs.mailbox(write.parent);
      return void needs.parents.push(write.parent);
    case "unpark":
      needs.actor(write.address);
      return void needs.freed.push(write.address);
    case "forget":
      needs.actor(write.address);
      return void needs.forgotten.push(write.address);
    case "wake":
      needs.wakeLimit += write.limit;
      needs.wakeNow = Math.max(needs.wakeNow, write.now);
      return;
    case "blob-chunk":
    case "blob-done":
    case "blob-drop":
      return void needs.blobs.push({ tenant, id: write.id });
    default:
      return;
  }
}

/** Whoever frees that one must see all that are parked because of it. */
function becauseOf({ tenant }: Address, because: string): Address {
  const [kind = "", key = ""] = because.split("/");
  return { tenant, kind, key };
}
