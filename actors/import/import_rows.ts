import type { JobContext } from "../authoring.ts";
import { readRecords } from "../csv/read_records.ts";
import { CommitRoom } from "./commit_room.ts";
import { judgeCsv } from "./judge_csv.ts";
import { judgeNdjson } from "./judge_ndjson.ts";
import type { ImportPayload, ImportResult, ImportState } from "./schemas.ts";
import { importTables } from "./tables.ts";
import type { Judge, Verdict } from "./verdict.ts";

type ImportContext = JobContext<ImportState>;

const SHOWN_REJECTS = 20;
const JUDGES: Readonly<Record<ImportPayload["format"], Judge>> = { csv: judgeCsv, ndjson: judgeNdjson };
const encoder = new TextEncoder();

/**
 * Imports from where the state stands. Each `yield` commits rows together with the place behind them, so that after a
 * crash the file is read on from there: no record is applied twice and none is left out.
 */
export async function* importRows(
  payload: ImportPayload,
  ctx: ImportContext,
): AsyncGenerator<void, ImportResult, void> {
  const { state } = ctx;
  const { dataset, format } = payload;
  const { byteOffset, line } = state;
  ctx.log.info(byteOffset === 0 ? "import started" : "import resumed", { dataset, format, byteOffset, line });
  state.key ??= payload.key ?? null;
  const room = new CommitRoom({ textChars: dataset.length + ctx.jobId.length });
  const file = readRecords(chunks(payload, ctx), { from: state, quotes: format === "csv" });
  for await (const { records, end } of file) {
    for (const verdict of JUDGES[format](records, state)) {
      if (!room.takes(verdict)) {
        showProgress(payload, ctx);
        yield;
        ctx.signal.throwIfAborted();
      }
      apply(verdict, dataset, ctx);
    }
    Object.assign(state, end);
  }
  showProgress(payload, ctx);
  const { accepted, rejected, rejects } = state;
  ctx.log.info("import finished", { dataset, accepted, rejected });
  const result = { dataset, accepted, rejected, rows: accepted + rejected, bytes: state.byteOffset, rejects };
  // The resume point has served its purpose.
  ctx.stop();
  return result;
}

async function* chunks({ content, blob }: ImportPayload, ctx: ImportContext): AsyncGenerator<Uint8Array, void, void> {
  const fromByte = ctx.state.byteOffset;
  const whole = content === undefined
    ? ctx.blob.read(blob!, { fromByte })
    : [encoder.encode(content).subarray(fromByte)];
  for await (const chunk of whole) {
    ctx.signal.throwIfAborted();
    yield chunk;
  }
}

function apply(verdict: Verdict, dataset: string, ctx: ImportContext): void {
  const { state, jobId } = ctx;
  const { line } = verdict;
  if ("data" in verdict) {
    const { key, data } = verdict;
    ctx.write(importTables.writes.imported, { dataset, key, data, jobId, line, updatedAt: ctx.now() });
    state.accepted++;
  } else {
    const { reason, raw } = verdict;
    ctx.write(importTables.writes.rejected, { jobId, line, reason, raw, rejectedAt: ctx.now() });
    state.rejected++;
    if (state.rejects.length < SHOWN_REJECTS) state.rejects.push({ line, reason });
  }
  Object.assign(state, verdict.end);
}

function showProgress({ content }: ImportPayload, { state, progress }: ImportContext): void {
  const total = content === undefined ? {} : { total: encoder.encode(content).length };
  progress({ done: state.byteOffset, ...total, note: `${state.accepted} rows imported, ${state.rejected} rejected` });
}
