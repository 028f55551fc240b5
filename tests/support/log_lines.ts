/** The last lines of an output: older ones go when there are more than `capacity`. */
export interface LogLines {
  add(line: string): void;
  all(): readonly string[];
  /** The newest lines as one indented text, for the message of a failed test. */
  tail(count: number): string;
}

export function createLogLines(capacity: number): LogLines {
  const lines: string[] = [];
  return {
    add(line) {
      lines.push(line);
      if (lines.length > capacity) lines.shift();
    },
    all: () => [...lines],
    tail: (count) => lines.slice(-count).map((line) => `  ${line}`).join("\n") || "  (no output)",
  };
}

/** Hands over each line of a stream of UTF-8, the unfinished last one too; ends early and quietly when `signal` aborts. */
export async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  let rest = "";
  try {
    for await (const text of stream.pipeThrough(new TextDecoderStream(), { signal })) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach((line) => onLine(line));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (rest !== "") onLine(rest);
}
