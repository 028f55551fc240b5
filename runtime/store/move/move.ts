import type { Clock } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { MovedTable, MovedValue, MoveSource, MoveTarget } from "./contract.ts";
import { createRowSum, type RowSum } from "./row_sum.ts";

/*
 * Takes everything along from one database to another, while no node has either of them open.
 *
 *   checked ──tables copied──► copied ──both sides read, every table's count and checksum equal──► verified ──► committed
 *
 * All of it is one transaction of the target: whatever goes wrong, and whenever the process ends, before the last step
 * leaves it without a row; after that step all is there. The source is only read, once the program's migrations have run on
 * it, and stays. Left out are the lives of nodes and what keeps order between them: they begin anew, with generations above
 * all before. Event numbers, places of messages, keys and ids are what they were, so readers resume, and repeats are known.
 */

export interface MoveOptions {
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

/** What was taken along. */
export interface Moved {
  readonly rows: Readonly<Record<string, number>>;
  readonly tookMs: number;
}

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 4 * 1024 * 1024;
const SAID_ROWS = 50_000;

/** @throws {RuntimeError} `conflict` when a side has what the other cannot take, or what was written reads otherwise */
export async function moveRows(source: MoveSource, target: MoveTarget, { clock, say }: MoveOptions): Promise<Moved> {
  const begunAt = clock.monotonic();
  for (const table of source.tables) mustFit(table, target);
  for (const table of source.tables) await copy(source, table, { target, say });
  await target.setCounters(source.counters);
  const rows: Record<string, number> = {};
  for (const table of source.tables) {
    const [left, right] = [createRowSum(), createRowSum()];
    for (const row of source.rows(table)) left.add(row);
    for await (const row of target.rows(table)) right.add(row);
    mustAgree(table, left, right);
    rows[table.name] = right.count;
    say(`${table.name}: ${right.count} rows on both sides, checksum ${right.digest.slice(0, 16)}`);
  }
  await target.finish();
  return { rows, tookMs: clock.monotonic() - begunAt };
}

async function copy(
  source: MoveSource,
  table: MovedTable,
  { target, say }: { readonly target: MoveTarget; readonly say: (line: string) => void },
): Promise<void> {
  let batch: (readonly MovedValue[])[] = [];
  let bytes = 0;
  let count = 0;
  const flush = async () => {
    await target.insert(table, batch);
    [batch, bytes] = [[], 0];
  };
  for (const row of source.rows(table)) {
    batch.push(row);
    for (const value of row) bytes += typeof value === "string" || value instanceof Uint8Array ? value.length : 8;
    if (++count % SAID_ROWS === 0) say(`${table.name}: ${count} rows copied`);
    if (batch.length === BATCH_ROWS || bytes >= BATCH_BYTES) await flush();
  }
  if (batch.length > 0) await flush();
}

function mustFit({ name, columns }: MovedTable, target: MoveTarget): void {
  const known = target.columnsOf(name);
  const missing = columns.filter((column) => !known?.includes(column));
  if (known !== undefined && missing.length === 0) return;
  const what = known === undefined ? `the table ${name}` : `${name}.${missing[0]}`;
  throw new RuntimeError("conflict", `The target has no place for ${what}: nothing was moved`);
}

function mustAgree({ name }: MovedTable, left: RowSum, right: RowSum): void {
  if (left.count === right.count && left.digest === right.digest) return;
  throw new RuntimeError(
    "conflict",
    `The table ${name} has ${left.count} rows (${left.digest.slice(0, 16)}), and what was written of it reads as ` +
      `${right.count} (${right.digest.slice(0, 16)}): nothing was moved`,
  );
}
