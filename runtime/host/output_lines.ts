import type { Clock } from "../core/clock.ts";
import { RateBound } from "./rate_bound.ts";

const LONGEST_LINE = 2_000;
const LINES_PER_SECOND = 200;

/**
 * Tells a stream of bytes line by line until it ends: lines cut to 2,000 characters, at most 200 a second, what is not
 * UTF-8 replaced. How many were left out is told with the next line that passes.
 */
export async function tellLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  { clock, tell }: { clock: Clock; tell: (line: string) => void },
): Promise<void> {
  const bound = new RateBound(clock, LINES_PER_SECOND);
  const pass = (line: string) => {
    if (!bound.passes()) return;
    const refused = bound.takeRefused();
    if (refused > 0) tell(`(${refused} lines left out)`);
    tell(line);
  };
  let open = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const [first = "", ...rest] = text.split("\n");
    open = extend(open, first);
    for (const next of rest) {
      pass(open);
      open = extend("", next);
    }
  }
  if (open !== "") pass(open);
}

function extend(line: string, more: string): string {
  return line + more.slice(0, LONGEST_LINE - line.length);
}
