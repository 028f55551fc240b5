import type { Address } from "../actor/address.ts";
import type { Deed } from "../actor/journal.ts";
import type { BoundQuery } from "../actor/tables.ts";
import { type BatchRow, batchWrite } from "../batch/rows.ts";
import { batchTables } from "../batch/tables.ts";
import { RuntimeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry } from "../store/contract.ts";

const AT_ONCE = 200;

/** Asks a query of {@linkcode batchTables}. */
export type AskBatches = <A extends object, R>(query: BoundQuery<A, R>, args: A, tenant?: string) => Promise<R>;

export interface ChildrenCancelling {
  /** Resolves to whether all were cancelled, or told to end: what changed in the meantime must be looked at again. */
  (batch: BatchRow): Promise<boolean>;
}

/**
 * Ends the children of a batch that somebody wished cancelled, a page at a time: those that wait leave the mailbox, those that
 * run are told. Batches that children have begun get the wish as well. The wish is durable before, and what it obliges to
 * shows in the mailbox, so whoever finds the wish can go on with it.
 */
export function createChildrenCancelling(
  { ask, cancel, commit, now, isStopped }: {
    ask: AskBatches;
    cancel: (child: Address, deed: Deed) => Promise<unknown>;
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    now: () => number;
    isStopped: () => boolean;
  },
): ChildrenCancelling {
  /** Whether it is done, or needs not be. */
  const cancelOne = async (child: Address, by: string): Promise<boolean> => {
    try {
      await cancel(child, { by, rows: [] });
      return true;
    } catch (thrown) {
      if (thrown instanceof RuntimeError && thrown.code === "not-found") return true;
      if (thrown instanceof RuntimeError && thrown.retryable) return false;
      throw thrown;
    }
  };

  const wishNested = async ({ tenant, id }: BatchRow, by: string): Promise<void> => {
    let after: string | undefined;
    do {
      const args = { ids: [id], ...after === undefined ? {} : { after }, limit: AT_ONCE };
      const nested = await ask(batchTables.queries.nested, args, tenant);
      const untold = nested.filter(({ cancelWishedBy, doneTold }) => cancelWishedBy === null && doneTold === 0);
      await Promise.all(untold.map((batch) => {
        const row = batchWrite("cancelWished", { id: batch.id, by });
        return commit({ tenant, at: now(), writes: [{ write: "row", row }] });
      }));
      after = nested.length < AT_ONCE ? undefined : nested.at(-1)!.id;
    } while (after !== undefined && !isStopped());
  };

  return async (batch) => {
    const { tenant, id, cancelWishedBy } = batch;
    const by = cancelWishedBy ?? "system";
    let isDone = true;
    let after: string | undefined;
    do {
      const args = { id, ...after === undefined ? {} : { after }, limit: AT_ONCE };
      const children = await ask(batchTables.queries.children, args, tenant);
      const ended = await Promise.all(children.map((child) => cancelOne({ tenant, ...child }, by)));
      isDone &&= ended.every((done) => done);
      after = children.length < AT_ONCE ? undefined : children.at(-1)!.key;
    } while (after !== undefined && !isStopped());
    await wishNested(batch, by);
    return isDone;
  };
}
