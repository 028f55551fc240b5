import { type Place, RecordScanner, type Stretch } from "./record_scanner.ts";

/** The records of a file from a place in it on, as its bytes come: a stretch for each chunk, and one for what is left. */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { from, quotes }: { from: Place; quotes: boolean },
): AsyncGenerator<Stretch, void, void> {
  const scanner = new RecordScanner(from, { quotes });
  for await (const chunk of chunks) yield scanner.push(chunk);
  yield scanner.end();
}
