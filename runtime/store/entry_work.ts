import { type Address, isSameAddress } from "../actor/address.ts";
import type { EventDraft } from "../actor/journal.ts";
import type { Appended, StoreEntry } from "./contract.ts";

/** What one entry has done so far, kept apart so that it can be dropped with the entry when that is refused. */
export class EntryWork {
  readonly tenant: string;
  readonly at: number;
  readonly appended: Appended[] = [];
  /** Seqs of the messages that `appended` calls ready. */
  readonly announced: number[] = [];
  /** Seqs of heads that were parked: not ready after all, should `appended` have called them so. */
  readonly silenced: number[] = [];
  /** Mailboxes whose head may have changed by anything but an append. */
  readonly touched: Address[] = [];
  /** By how many unhandled messages each tenant has more. */
  readonly pending = new Map<string, number>();
  /** Mailboxes whose head has left and whose next one is not made head yet. */
  readonly headless: Address[] = [];
  nextDueAt: number | null = null;
  /** Rows that its sweeps removed. */
  swept: number | undefined;
  /** Known when all writes are done: those of an append that was held are not among them. */
  events: readonly EventDraft[] = [];

  constructor({ tenant, at }: StoreEntry) {
    this.tenant = tenant;
    this.at = at;
  }

  /** Whether it has appended nothing of what it was to append. */
  get isHeld(): boolean {
    return this.appended.length > 0 && this.appended.every(({ slot }) => slot === "held");
  }

  sweeps(rows: number): void {
    this.swept = (this.swept ?? 0) + rows;
  }

  /** Notes that a tenant, which need not be the entry's, has so many unhandled messages more. */
  counts(tenant: string, by: number): void {
    this.pending.set(tenant, (this.pending.get(tenant) ?? 0) + by);
  }

  isHeadless(address: Address): boolean {
    return this.headless.some((one) => isSameAddress(one, address));
  }

  /** Notes that a head waits until `readyAt`. */
  waits(readyAt: number): void {
    this.nextDueAt = Math.min(this.nextDueAt ?? readyAt, readyAt);
  }
}
