import { type RawRecord, RecordScanner } from "../actors/csv/record_scanner.ts";
import type { Clock } from "../runtime/mod.ts";
import { idleBound } from "./idle_bound.ts";
import { measureJson } from "./json_shape.ts";
import { refuseEncodings, tooLarge } from "./middleware/read_body.ts";
import { Refusal } from "./problem.ts";
import { readJson } from "./read_json.ts";

/** A line that is JSON, or why it is not. */
export type NdjsonLine = { readonly line: number; readonly value: unknown } | RefusedLine;

export interface RefusedLine {
  /** The first is 1. */
  readonly line: number;
  readonly reason: string;
}

const LIMIT_BYTES = 64 * 1024 * 1024;
const MOST_LINES = 50_000;
const LINE_BYTES = 128 * 1024;
const IDLE_MS = 30_000;
const SHAPE = { depth: 16, properties: 1_000, values: 5_000 };
/** Of one part: what one commit takes. */
const PART_LINES = 500;
const PART_BYTES = 256 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The lines of a body, in order, in parts of at most 500, as they come in: nothing is held but a part. Blank lines are
 * none, and those beyond 50,000 are refused.
 * @throws {Refusal} 400 when the body breaks off, 408 when nothing comes, 413 beyond 64 MiB, 415 when it is compressed
 */
export async function* ndjsonParts(request: Request, { clock }: { clock: Clock }): AsyncGenerator<NdjsonLine[]> {
  refuseEncodings(request);
  if (Number(request.headers.get("content-length") ?? 0) > LIMIT_BYTES) throw tooLarge(LIMIT_BYTES);
  if (request.body === null) return;
  const scanner = new RecordScanner({ byteOffset: 0, line: 1 }, { quotes: false });
  let [part, partBytes, count]: [NdjsonLine[], number, number] = [[], 0, 0];
  for await (const records of recordsOf(request.body, { scanner, clock })) {
    for (const record of records) {
      part.push(++count > MOST_LINES ? beyond(record) : lineOf(record));
      partBytes += record.bytes.length;
      if (part.length < PART_LINES && partBytes < PART_BYTES) continue;
      yield part;
      [part, partBytes] = [[], 0];
    }
  }
  if (part.length > 0) yield part;
}

async function* recordsOf(
  body: ReadableStream<Uint8Array>,
  { scanner, clock }: { scanner: RecordScanner; clock: Clock },
): AsyncGenerator<readonly RawRecord[]> {
  let bytes = 0;
  for await (const chunk of idleBound(body, { idleMs: IDLE_MS, clock })) {
    bytes += chunk.length;
    if (bytes > LIMIT_BYTES) throw tooLarge(LIMIT_BYTES);
    yield scanner.push(chunk).records;
  }
  yield scanner.end().records;
}

function beyond({ line }: RawRecord): RefusedLine {
  return { line, reason: `one request has at most ${MOST_LINES} lines` };
}

function lineOf({ line, bytes, tooLarge }: RawRecord): NdjsonLine {
  if (tooLarge || bytes.length > LINE_BYTES) return { line, reason: `the line is longer than ${LINE_BYTES} bytes` };
  try {
    const text = utf8.decode(bytes);
    const properties = measureJson(text, SHAPE);
    if (typeof properties !== "number") return { line, reason: "the line holds too much" };
    return { line, value: readJson({ text, properties }) };
  } catch (thrown) {
    if (thrown instanceof Refusal) {
      return { line, reason: thrown.status === 400 ? "the line is not JSON" : thrown.message };
    }
    if (thrown instanceof TypeError) return { line, reason: "the line is not UTF-8" };
    throw thrown;
  }
}
