import type { Diagnostics } from "./diagnostics.ts";

/** How the newest runs of a kind have ended on this node. */
export interface RecentRuns {
  /** At most {@linkcode RUNS}. */
  readonly runs: number;
  /** Ms since the epoch; null before the first. */
  readonly endedAt: number | null;
  /** Of the runs, from 0 to 1. */
  readonly errorRatio: number;
  /** Of those that did not fail, in the mean; null without any. */
  readonly durationMs: number | null;
}

export const RUNS = 20;
const NONE: RecentRuns = { runs: 0, endedAt: null, errorRatio: 0, durationMs: null };

interface Seen {
  endedAt: number;
  /** The newest last; null: failed. */
  readonly durations: (number | null)[];
}

/** Remembers the newest runs of some kinds, in one tenant; others cost a look at a map. */
export function watchRuns(
  diagnostics: Diagnostics,
  { kinds, tenant, now }: { readonly kinds: Iterable<string>; readonly tenant: string; readonly now: () => number },
): (kind: string) => RecentRuns {
  const seen = new Map([...kinds].map((kind): [string, Seen] => [kind, { endedAt: 0, durations: [] }]));
  diagnostics.observe((told) => {
    if (told.event !== "turn.committed" && told.event !== "turn.retried" && told.event !== "message.dead-lettered") {
      return;
    }
    const of = told.tenant === tenant ? seen.get(told.kind) : undefined;
    if (of === undefined) return;
    of.endedAt = now();
    of.durations.push(told.event === "turn.committed" ? told.durationMs : null);
    if (of.durations.length > RUNS) of.durations.shift();
  });
  return (kind) => {
    const of = seen.get(kind);
    if (of === undefined || of.durations.length === 0) return NONE;
    const well = of.durations.filter((each) => each !== null);
    const runs = of.durations.length;
    return {
      ...{ runs, endedAt: of.endedAt, errorRatio: (runs - well.length) / runs },
      durationMs: well.length === 0 ? null : well.reduce((sum, each) => sum + each, 0) / well.length,
    };
  };
}
