import type { Entry, EventDraft, RowWrite } from "../actor/journal.ts";
import type { StoreEntry, Write } from "./contract.ts";

/** What a write or an event weighs beside its texts. */
const OVERHEAD_BYTES = 256;

/** About how many bytes an entry is on its way to the store; only its long texts are counted exactly. */
export function entryBytes({ claim, writes, rows = [], events = [] }: StoreEntry): number {
  const own = OVERHEAD_BYTES + (claim === undefined ? 0 : claim.answer.length + claim.key.length);
  return writes.reduce((sum, write) => sum + writeBytes(write), own) + journalBytes({ rows, events });
}

function writeBytes(write: Write): number {
  switch (write.write) {
    case "append":
      return OVERHEAD_BYTES + write.message.payload.length + (write.with === undefined ? 0 : journalBytes(write.with));
    case "snapshot":
      return OVERHEAD_BYTES + write.state.length;
    case "row":
      return rowBytes(write.row);
    case "blob-chunk":
      return OVERHEAD_BYTES + write.bytes.length;
    default:
      return OVERHEAD_BYTES;
  }
}

function journalBytes({ rows, events }: Entry): number {
  return rows.reduce((sum, row) => sum + rowBytes(row), eventsBytes(events));
}

function rowBytes({ args }: RowWrite): number {
  let bytes = OVERHEAD_BYTES;
  for (const name in args) {
    const value = args[name];
    if (typeof value === "string") bytes += value.length;
  }
  return bytes;
}

function eventsBytes(events: readonly EventDraft[]): number {
  return events.reduce((sum, { data }) => sum + OVERHEAD_BYTES + data.length, 0);
}
