import type { Write } from "../contract.ts";
import { EntryWork } from "../entry_work.ts";
import type { RowCall } from "./row_writes.ts";

/** Writes that are statements of their own, run in the order in which they come. */
export type Act = Extract<
  Write,
  { readonly write: "pause" | "unpause" | "sweep" | "sweep-letters" | "sweep-blobs" | "sweep-rows" | "erase" }
>;
export type Trim = Extract<Write, { readonly write: "trim" }>;
export type Snapshot = Extract<Write, { readonly write: "snapshot" }>;
export type Forget = Extract<Write, { readonly write: "forget" }>;

/** An entry that is planned: what it has done so far, and what is to be written for it beside what it shares with others. */
export class PlannedEntry extends EntryWork {
  readonly rows: RowCall[] = [];
  readonly acts: Act[] = [];
  readonly trims: Trim[] = [];
  /** States that become, and those that go. */
  readonly states: (Snapshot | Forget)[] = [];
}
