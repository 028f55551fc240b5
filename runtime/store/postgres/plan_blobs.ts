import type { Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { EntryWork } from "../entry_work.ts";
import type { BlobChunkRow, BlobRow } from "../schema.ts";
import { plan, type Planned, type UndoLog } from "./undo.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;
export type BlobName = Pick<BlobRow, "tenant" | "id">;

/** How far a blob has come. */
export interface BlobState extends Pick<BlobRow, "sizeBytes" | "begunAt" | "done"> {
  /** Of its last chunk; -1 when it has none. */
  readonly lastIndex: number;
  /** Where its last chunk ends. */
  readonly endByte: number;
  /** That are not written yet. */
  readonly chunks: readonly Pick<BlobChunkRow, "idx" | "startByte" | "bytes">[];
  /** What lay there under its name is to go first. */
  readonly isAnew: boolean;
}

/** Null while there is none. */
export interface PlannedBlob extends Planned<BlobState | null> {
  readonly name: BlobName;
}

/** Files as rows: chunks in order, invisible until the blob is done. */
export class BlobPlanner {
  readonly #undo: UndoLog;
  readonly #blobs = new Map<string, PlannedBlob>();
  #changed = new Set<PlannedBlob>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** One that was read. */
  know(name: BlobName, read: Omit<BlobState, "chunks" | "isAnew">): void {
    const state = { ...read, chunks: [], isAnew: false };
    this.#blobs.set(`${name.tenant}/${name.id}`, { name, stored: state, now: state });
  }

  chunk({ tenant, at }: EntryWork, { id, index, bytes }: WriteOf<"blob-chunk">): void {
    const { blob, state } = this.#begun({ tenant, id }, at);
    const { lastIndex, endByte, chunks } = state;
    if (index !== lastIndex + 1) {
      throw entryRefusals.blobOutOfOrder(id, `chunk ${index} came after ${lastIndex < 0 ? "none" : lastIndex}`);
    }
    this.#set(blob, {
      ...state,
      lastIndex: index,
      endByte: endByte + bytes.length,
      chunks: [...chunks, { idx: index, startByte: endByte, bytes }],
    });
  }

  done({ tenant, at }: EntryWork, { id, sizeBytes }: WriteOf<"blob-done">): void {
    const { blob, state } = this.#begun({ tenant, id }, at);
    if (state.endByte !== sizeBytes) {
      throw entryRefusals.blobOutOfOrder(id, `it has ${state.endByte} bytes, not ${sizeBytes}`);
    }
    this.#set(blob, { ...state, sizeBytes, done: 1 });
  }

  drop(name: BlobName): void {
    this.#set(this.#open(name), null);
  }

  /** Those that change; each is handed out once. */
  take(): readonly PlannedBlob[] {
    const changed = [...this.#changed].filter(({ stored, now }) => stored !== now);
    this.#changed = new Set();
    return changed;
  }

  #begun(name: BlobName, at: number): { blob: PlannedBlob; state: BlobState } {
    const blob = this.#open(name);
    if (blob.now?.done === 1) throw entryRefusals.blobOutOfOrder(name.id, "it is done");
    const isAnew = blob.stored !== null;
    const begun = { sizeBytes: 0, begunAt: at, done: 0, lastIndex: -1, endByte: 0, chunks: [], isAnew };
    return { blob, state: blob.now ?? begun };
  }

  #open(name: BlobName): PlannedBlob {
    const named = `${name.tenant}/${name.id}`;
    let blob = this.#blobs.get(named);
    if (blob === undefined) this.#blobs.set(named, blob = { name, stored: null, now: null });
    return blob;
  }

  #set(blob: PlannedBlob, state: BlobState | null): void {
    this.#changed.add(blob);
    plan(blob, state, this.#undo);
  }
}
