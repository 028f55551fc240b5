import { type BatchRow, batchTables, type System } from "../runtime/mod.ts";
import { type BatchSummary, type BatchView, summaryOf } from "./batch_view.ts";

const LEVELS = 3;
/** Below one batch, over all levels. */
const MOST_BATCHES = 200;

type Tree = BatchSummary & { batches?: Tree[] };

/** The batch with those below it, level by level. */
export async function treeOf(system: System, root: BatchRow): Promise<BatchView> {
  const top: Tree & { more: boolean } = { ...summaryOf(root), batches: [], more: false };
  let above: readonly Tree[] = [top];
  let left = MOST_BATCHES;
  for (let level = 1; level <= LEVELS && above.length > 0 && left > 0; level++) {
    const byId = new Map(above.map((batch) => [batch.id, batch]));
    const args = { ids: [...byId.keys()], limit: left + 1 };
    const rows = await system.query(root.tenant, batchTables.queries.nested, args);
    if (rows.length > left) top.more = true;
    const found: Tree[] = [];
    for (const row of rows.slice(0, left)) {
      const batch: Tree = level < LEVELS ? { ...summaryOf(row), batches: [] } : summaryOf(row);
      byId.get(row.parentBatch!)!.batches!.push(batch);
      found.push(batch);
    }
    left -= found.length;
    above = found;
  }
  return top as BatchView;
}
