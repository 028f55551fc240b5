import { RuntimeError } from "../core/errors.ts";
import type { WaitingEntry } from "./commit_queue.ts";
import type { WrittenStore } from "./committer_contract.ts";
import type { EntryResult } from "./contract.ts";

/** Why it was not written, or what became of each entry. */
export type BatchResult = readonly EntryResult[] | RuntimeError;

/** A batch in the store's hands. */
export interface BatchUnderWay {
  readonly entries: readonly WaitingEntry[];
  /** When it became the first. */
  begunAt: number;
  readonly result: Promise<BatchResult>;
}

export async function writeTo(
  store: WrittenStore,
  batch: readonly WaitingEntry[],
  call: "write" | "writeNext",
): Promise<BatchResult> {
  try {
    return await store[call]!(batch.map(({ entry }) => entry));
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return thrown;
    return new RuntimeError("internal", "The store failed in an unknown way", { cause: thrown });
  }
}

export function rejectAll(waiting: readonly WaitingEntry[], reason: RuntimeError): void {
  for (const { reject } of waiting) reject(reason);
}
