import type { RowWrite } from "../actor/journal.ts";
import type { BatchRow } from "../batch/rows.ts";

const MOST_KNOWN = 16_384;
/** One that has not ended for so long makes room for another, as one of which nothing more is heard must. */
const LONG_MS = 10 * 60_000;

/**
 * Batches that this node has seen begin and, so far, go well: what their rows say is known without a look. Only for a store
 * that no other node writes to.
 *
 * Of a batch that had begun before it was noticed less may be known than there is: then it seems to be over too early, never
 * too late, and the write that tells the end is refused, since it names the counts. It must be read then, as must any batch
 * of which something else is written than that children come and end: it is not known any more.
 */
export class KnownBatches {
  readonly #rows = new Map<string, BatchRow>();

  /** What a commit has written of a batch. `over`: all its children have ended. `unknown`: it has to be read. */
  note(tenant: string, { write, args }: RowWrite): "nothing" | "unknown" | { readonly over: BatchRow } {
    const { id } = args;
    if (typeof id !== "string") return "unknown";
    const name = `${tenant}/${id}`;
    if (write === "begun") return this.#begun(name, tenant, args) ? "nothing" : "unknown";
    const row = this.#rows.get(name);
    if (row === undefined) return "unknown";
    if (write !== "counted" || args["firstFailure"] !== null || Number(args["open"]) > 0) {
      this.#rows.delete(name);
      return "unknown";
    }
    row.open += Number(args["open"]);
    row.succeeded += Number(args["succeeded"]);
    row.cancelled += Number(args["cancelled"]);
    if (row.open > 0) return "nothing";
    this.#rows.delete(name);
    return { over: row };
  }

  /** Whether it is known from now on: not while more children may come, nor where a wish may have been handed down to it. */
  #begun(name: string, tenant: string, args: RowWrite["args"]): boolean {
    const known = this.#rows.get(name);
    if (known === undefined) {
      const isPlain = args["sealed"] === 1 && args["parentBatch"] === null && Number(args["children"]) > 0;
      if (!isPlain || !this.#hasRoom(Number(args["at"]))) return false;
      this.#rows.set(name, begunRow(tenant, args as unknown as Begun));
      return true;
    }
    this.#rows.delete(name);
    return false;
  }

  #hasRoom(now: number): boolean {
    if (this.#rows.size < MOST_KNOWN) return true;
    const [name, { createdAt }] = this.#rows.entries().next().value!;
    return createdAt + LONG_MS < now && this.#rows.delete(name);
  }
}

type Begun =
  & Pick<BatchRow, "id" | "name" | "message" | "parentKind" | "parentKey" | "by" | "onAllDone" | "onAnyFailed">
  & { readonly children: number; readonly at: string };

function begunRow(tenant: string, { children, at, ...begun }: Begun): BatchRow {
  return {
    tenant,
    ...begun,
    parentBatch: null,
    total: children,
    open: children,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    sealed: 1,
    firstFailure: null,
    failedTold: 0,
    doneTold: 0,
    cancelWishedBy: null,
    createdAt: Number(at),
    endedAt: null,
  };
}
