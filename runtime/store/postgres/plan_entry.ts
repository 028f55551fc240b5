import type { RowWrite } from "../../actor/journal.ts";
import { checkEvents } from "../batch_log.ts";
import { type EntryResult, eventsOf, type StoreEntry, type Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { BatchState } from "./batch_state.ts";
import { entryFault } from "./faults.ts";
import { PlannedEntry } from "./planned_entry.ts";
import type { KindWrites } from "./row_writes.ts";
import type { KindSweeps } from "./sweeps.ts";

/** What becomes of one entry, unless the database refuses it: an answer, or work. */
export type Applied = Extract<EntryResult, { readonly status: "answered" }> | PlannedEntry;

export interface PlanParts {
  readonly writes: KindWrites;
  readonly sweeps: KindSweeps;
}

/**
 * Plans an entry: in memory, over what was read and what the entries before it have planned.
 * @throws {RuntimeError} what the entry is refused with; what it has planned by then has to be taken back
 */
export function planEntry(state: BatchState, entry: StoreEntry, parts: PlanParts): Applied {
  const answered = state.claims.take(entry);
  if (answered !== undefined) return answered;
  const work = new PlannedEntry(entry);
  for (const write of entry.writes) {
    try {
      if (LOOKS_AT_HEADS.has(write.write)) state.mail.settle(work);
      planWrite(state, work, { write, parts });
    } catch (thrown) {
      throw entryFault(thrown, nameOf(write));
    }
  }
  if (!work.isHeld) planRows(work, entry.rows ?? [], parts);
  state.mail.settle(work);
  work.events = eventsOf(entry, work.appended);
  checkEvents(work);
  return work;
}

function planRows(work: PlannedEntry, rows: readonly RowWrite[], { writes }: PlanParts): void {
  for (const row of rows) {
    try {
      work.rows.push(writes.call(row, work.tenant));
    } catch (thrown) {
      throw entryFault(thrown, `${row.tables}.${row.write}`);
    }
  }
}

function planWrite(
  { mail, supervision, blobs, letters }: BatchState,
  work: PlannedEntry,
  { write, parts }: { write: Write; parts: PlanParts },
): void {
  const { tenant } = work;
  switch (write.write) {
    case "append":
      if (!mail.append(work, write)) return;
      return planRows(work, write.with?.rows ?? [], parts);
    case "remove":
      return mail.remove(work, write);
    case "postpone":
      return mail.postpone(work, write);
    case "bury":
      return mail.bury(work, write);
    case "wish-cancelled":
      return mail.wishCancelled(write);
    case "mark":
      return mail.mark(write);
    case "unmark":
      return mail.unmark(write);
    case "wake":
      return mail.wake(work, write);
    case "discard":
      if (!letters.discard(tenant, write.id)) throw entryRefusals.noLetter(tenant, write.id);
      return;
    case "restarts":
      return supervision.restarts(write);
    case "adopt":
      return supervision.adopt(write);
    case "park":
      return supervision.park(write).forEach((address) => mail.reslot(work, address));
    case "unpark":
      return supervision.unpark(write.address).forEach((address) => mail.reslot(work, address));
    case "snapshot":
      return void work.states.push(write);
    case "forget":
      work.states.push(write);
      return supervision.forget(write.address);
    case "row":
      return planRows(work, [write.row], parts);
    case "blob-chunk":
      return blobs.chunk(work, write);
    case "blob-done":
      return blobs.done(work, write);
    case "blob-drop":
      return blobs.drop({ tenant, id: write.id });
    case "trim":
      return void work.trims.push(write);
    case "sweep-rows":
      parts.sweeps.check(write);
      return void work.acts.push(write);
    case "sweep":
    case "sweep-blobs":
    case "sweep-letters":
    case "erase":
    case "pause":
    case "unpause":
      return void work.acts.push(write);
  }
}

/** What does so finds each mailbox with its head. */
const LOOKS_AT_HEADS: ReadonlySet<Write["write"]> = new Set(["append", "postpone", "park", "unpark", "wake"]);

function nameOf(write: Write): string {
  return write.write === "row" ? `${write.row.tables}.${write.row.write}` : write.write;
}
