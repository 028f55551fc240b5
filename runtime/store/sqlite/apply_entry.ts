import type { DatabaseSync } from "node:sqlite";
import type { RowWrite } from "../../actor/journal.ts";
import { checkEvents } from "../batch_log.ts";
import { type EntryResult, eventsOf, type Ownership, type StoreEntry, type Write } from "../contract.ts";
import { Actors } from "./apply_actors.ts";
import { type BlobName, Blobs } from "./apply_blobs.ts";
import { Claims } from "./apply_claims.ts";
import { Eraser } from "./apply_erasing.ts";
import { Control } from "./apply_control.ts";
import { Counters } from "./apply_counters.ts";
import { EventLog } from "./apply_events.ts";
import { Mailboxes } from "./apply_mailbox.ts";
import { Orphans } from "./apply_orphans.ts";
import { Rows } from "./apply_rows.ts";
import { Supervision } from "./apply_supervision.ts";
import { Sweeps } from "./apply_sweeps.ts";
import { EntryWork } from "../entry_work.ts";
import type { DeclaredStatements } from "./declared_statements.ts";
import { entryFault, storageFault } from "./faults.ts";
import { ParkedActors } from "./parked_actors.ts";
import { Sequence } from "./sequence.ts";

/** What became of one entry: an answer, or work that waits for the events and the commit. */
export type Applied = Extract<EntryResult, { readonly status: "answered" }> | EntryWork;

/** Everything that an entry can ask for, each part with its prepared statements. */
export class EntryParts {
  readonly actors: Actors;
  readonly counters: Counters;
  readonly events: EventLog;
  readonly parked: ParkedActors;
  readonly #mailboxes: Mailboxes;
  readonly #supervision: Supervision;
  readonly #control: Control;
  readonly #claims: Claims;
  readonly #rows: Rows;
  readonly #blobs: Blobs;
  readonly #sweeps: Sweeps;
  readonly #orphans: Orphans;
  readonly #eraser: Eraser;

  constructor(db: DatabaseSync, { declared, ownership }: { declared: DeclaredStatements; ownership: Ownership }) {
    this.actors = new Actors(db);
    const sequence = new Sequence(db);
    this.counters = new Counters(db, sequence);
    this.events = new EventLog(db);
    this.parked = new ParkedActors(db);
    this.#mailboxes = new Mailboxes(db, { parked: this.parked, sequence });
    this.#supervision = new Supervision(db, this.parked);
    this.#control = new Control(db, ownership);
    this.#claims = new Claims(db);
    this.#rows = new Rows(db, declared);
    this.#blobs = new Blobs(db);
    const abandon = (blob: BlobName) => this.#blobs.abandon(blob);
    this.#sweeps = new Sweeps(db, { declared, abandon });
    this.#eraser = new Eraser(db);
    this.#orphans = new Orphans(db, { declared, abandon });
  }

  /** Writes what waits for more of its kind. */
  flush(): void {
    this.#flushMail();
    this.actors.flush();
  }

  /** Drops what has not been flushed. */
  discard(): void {
    this.#mailboxes.discard();
    this.#rows.discard();
    this.actors.discard();
  }

  /** Rows that say how messages ended, and only then those messages: the rows are made from them. */
  #flushFinished(): void {
    this.#rows.flush();
    this.#mailboxes.flushLeaving();
  }

  #flushMail(): void {
    this.#mailboxes.flush();
    this.#flushFinished();
  }

  /**
   * What waits to be written goes before a write that may look at it, or that it may look at. Most do not, and the more
   * there is to gather, the less each costs. Mailboxes see for themselves to what was appended to them, and rows to theirs.
   */
  #prepareFor(write: Write): void {
    switch (write.write) {
      case "append": {
        const { fresh = false, recorded = false, message } = write;
        if (message.dedupeKey !== null || (recorded && !fresh)) this.#flushFinished();
        return;
      }
      case "remove":
      case "row":
      case "snapshot":
        return;
      default:
        return this.#flushMail();
    }
  }

  /**
   * Applies an entry but for its events, and for new messages and states, which wait for `flush`.
   * @throws {RuntimeError} the storage's fault, or what the entry is refused with
   */
  apply(entry: StoreEntry): Applied {
    const answered = this.#claims.take(entry);
    if (answered !== undefined) return answered;
    const work = new EntryWork(entry);
    for (const write of entry.writes) {
      try {
        this.#write(work, write);
      } catch (thrown) {
        throw storageFault(thrown) ?? entryFault(thrown, nameOf(write));
      }
    }
    this.#tell(work, entry);
    this.#settle(work);
    work.events = eventsOf(entry, work.appended);
    checkEvents(work);
    return work;
  }

  #row(work: EntryWork, row: RowWrite): void {
    if (!this.#rows.isApart(row)) this.#flushMail();
    this.#rows.apply(work, row);
  }

  #tell(work: EntryWork, { rows = [] }: StoreEntry): void {
    if (rows.length === 0 || work.isHeld) return;
    for (const row of rows) {
      try {
        this.#row(work, row);
      } catch (thrown) {
        throw storageFault(thrown) ?? entryFault(thrown, `${row.tables}.${row.write}`);
      }
    }
  }

  #settle(work: EntryWork): void {
    try {
      this.#mailboxes.settle(work);
    } catch (thrown) {
      throw storageFault(thrown) ?? entryFault(thrown, "remove");
    }
  }

  #write(work: EntryWork, write: Write): void {
    this.#prepareFor(write);
    if (LOOKS_AT_HEADS.has(write.write)) this.#mailboxes.settle(work);
    switch (write.write) {
      case "append":
        if (!this.#mailboxes.append(work, write)) return;
        return write.with?.rows.forEach((row) => this.#row(work, row));
      case "remove":
        return this.#mailboxes.remove(work, write);
      case "postpone":
        return this.#mailboxes.postpone(work, write);
      case "bury":
        return this.#mailboxes.bury(work, write);
      case "discard":
        return this.#control.discard(work, write);
      case "wish-cancelled":
        return this.#control.wishCancelled(write);
      case "mark":
        return this.#control.mark(write);
      case "unmark":
        return this.#control.unmark(write);
      case "restarts":
        return this.#supervision.restarts(write);
      case "adopt":
        return this.#supervision.adopt(write);
      case "park":
        return this.#supervision.park(write).forEach((address) => this.#mailboxes.reslot(work, address));
      case "unpark":
        return this.#supervision.unpark(write.address).forEach((address) => this.#mailboxes.reslot(work, address));
      case "pause":
        return this.#control.pause(work, write);
      case "unpause":
        return this.#control.unpause(work, write);
      case "wake":
        return this.#mailboxes.wake(work, write);
      case "snapshot":
        return this.actors.snapshot(work, write);
      case "forget":
        this.actors.forget(write.address);
        return this.#supervision.forget(write.address);
      case "row":
        return this.#row(work, write.row);
      case "blob-chunk":
        return this.#blobs.chunk(work, write);
      case "blob-done":
        return this.#blobs.done(work, write);
      case "blob-drop":
        return this.#blobs.drop({ tenant: work.tenant, id: write.id });
      case "trim":
        return this.events.trim(write);
      case "sweep":
        work.sweeps(this.#claims.sweep(write));
        return work.sweeps(this.#blobs.sweep({ before: write.blobsBefore, limit: write.limit }));
      case "sweep-blobs":
        return work.sweeps(this.#orphans.sweep(write));
      case "sweep-letters":
        return work.sweeps(this.#sweeps.letters(write));
      case "erase":
        return this.#eraser.erase(work, write);
      case "sweep-rows":
        return work.sweeps(this.#sweeps.rows(write));
    }
  }
}

/** What does so finds each mailbox with its head. */
const LOOKS_AT_HEADS: ReadonlySet<Write["write"]> = new Set(["append", "postpone", "park", "unpark", "wake"]);

function nameOf(write: Write): string {
  return write.write === "row" ? `${write.row.tables}.${write.row.write}` : write.write;
}
