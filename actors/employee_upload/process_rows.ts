import type { Context } from "../authoring.ts";
import { judgeNumbers, readRows } from "./judge_rows.ts";
import type { StagedRow, UploadRow } from "./rows.ts";
import { employeeTables } from "./tables.ts";
import { employeesText, type NewReject, rejectsText } from "./text_writes.ts";

const { queries, writes } = employeeTables;

const CHUNK_ROWS = 1_000;
/** What comes of so much text fits into an outcome, whatever is in it. */
const CHUNK_CHARS = 96 * 1024;

/** How far an upload is: everything up to this line is processed. */
export interface UploadState {
  line: number;
}

/**
 * Processes what is staged, chunk by chunk: each commit holds the employees and the rejects of some rows, takes these away
 * and moves the place behind them, so that after a crash no row is processed twice and none is left out. One whose upload
 * was cancelled meanwhile is refused; the next attempt finds that, and takes the rest away.
 */
export async function* processRows(state: UploadState, ctx: Context): AsyncGenerator<void, void, void> {
  const { key: id } = ctx.self;
  let tenths = 0;
  for (;;) {
    const upload = await ctx.query(queries.upload, { id });
    if (upload === null || !isOpen(upload)) return yield* dropRows(ctx);
    const rows = await chunkOf(ctx, state.line);
    const { accepted, rejected } = await processChunk(ctx, { rows, after: state.line }, upload);
    const processed = upload.accepted + upload.rejected + rows.length;
    const counts = {
      id,
      total: upload.staged,
      accepted: upload.accepted + accepted,
      rejected: upload.rejected + rejected,
    };
    if (processed >= upload.staged) {
      ctx.write(writes.completed, { id, at: ctx.now() });
      ctx.emit("employee-upload.completed", counts);
      ctx.log.info("upload completed", counts);
      return ctx.stop();
    }
    state.line = rows.at(-1)!.line;
    ctx.progress({ done: processed, total: upload.staged });
    const tenth = Math.floor(10 * processed / upload.staged);
    if (tenth > tenths) ctx.emit("employee-upload.progressed", { ...counts, processed });
    tenths = tenth;
    yield;
    ctx.signal.throwIfAborted();
  }
}

/** Whatever has become of the work: an upload that is still open will not be processed any further. */
export async function* settle(ctx: Context): AsyncGenerator<void, void, void> {
  const { key: id } = ctx.self;
  const upload = await ctx.query(queries.upload, { id });
  if (upload !== null && !isOpen(upload)) return;
  if (upload !== null) {
    const error = "Its processing failed again and again, and was given up";
    ctx.write(writes.failed, { id, error, at: ctx.now() });
    ctx.emit("employee-upload.failed", {
      id,
      total: upload.staged,
      accepted: upload.accepted,
      rejected: upload.rejected,
    });
    ctx.log.error("upload given up", { id });
    yield;
  }
  yield* dropRows(ctx);
}

/** Takes away what nobody will process. */
async function* dropRows(ctx: Context): AsyncGenerator<void, void, void> {
  const { key: uploadId } = ctx.self;
  while ((await ctx.query(queries.staged, { uploadId, after: 0, limit: 1 })).length > 0) {
    ctx.write(writes.rowsDropped, { uploadId });
    yield;
  }
  ctx.stop();
}

type Row = Pick<StagedRow, "line" | "text" | "fault">;

/** The rows behind a line that make one commit. */
async function chunkOf(ctx: Context, after: number): Promise<readonly Row[]> {
  const rows = await ctx.query(queries.staged, { uploadId: ctx.self.key, after, limit: CHUNK_ROWS });
  let chars = 0;
  const end = rows.findIndex(({ text }) => (chars += text.length) > CHUNK_CHARS);
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}

async function processChunk(
  ctx: Context,
  { rows, after }: { readonly rows: readonly Row[]; readonly after: number },
  upload: UploadRow,
): Promise<{ accepted: number; rejected: number }> {
  const { id, position } = { id: upload.id, position: upload.position! };
  const { read, rejects: unreadable } = readRows(rows, JSON.parse(upload.header!));
  const numbers = [...new Set(read.map(({ employee }) => employee.number))];
  const known = await ctx.query(queries.known, { numbers });
  const { employees, rejects } = judgeNumbers(read, { known, upload: { id, position } });
  const rejected: readonly NewReject[] = [...unreadable, ...rejects];
  const at = ctx.now();
  ctx.write(writes.advanced, { id, accepted: employees.length, rejected: rejected.length });
  if (employees.length > 0) {
    ctx.write(writes.upserted, { uploadId: id, position, rows: employeesText(employees), at });
  }
  if (rejected.length > 0) ctx.write(writes.rejected, { uploadId: id, rows: rejectsText(rejected), at });
  if (rows.length > 0) ctx.write(writes.rowsTaken, { uploadId: id, after, upTo: rows.at(-1)!.line });
  return { accepted: employees.length, rejected: rejected.length };
}

function isOpen({ status }: UploadRow): boolean {
  return status === "staged" || status === "processing";
}
