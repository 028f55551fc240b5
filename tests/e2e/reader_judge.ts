import type { ReaderLog } from "./event_reader.ts";
import type { Findings } from "./torture_campaign.ts";

/** Of a log with so many events up to that number, each reader must have seen all, from the first to the last. */
export function judgeReaders(
  logs: readonly ReaderLog[],
  { last, events }: { readonly last: number; readonly events: number },
  findings: Findings,
): void {
  findings.expect("the log has no hole", events === last, () => `${events} events up to number ${last}`);
  logs.forEach(({ ids, gaps }, reader) => {
    const wrongAt = ids.findIndex((id, index) => id !== index + 1);
    const seen = () => `reader ${reader}: ${ids.slice(Math.max(0, wrongAt - 2), wrongAt + 3)} at ${wrongAt}`;
    findings.expect("a reader sees each event once, in order", wrongAt === -1, seen);
    findings.expect("a reader sees the end", ids.at(-1) === last, () => `reader ${reader}: ${ids.at(-1)} of ${last}`);
    findings.expect("no reader is told of a gap", gaps === 0, () => `reader ${reader}: ${gaps}`);
  });
}
