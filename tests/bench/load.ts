import type { Command, Diagnostic, Diagnostics, System } from "../../runtime/mod.ts";
import { trivial } from "./bench_registry.ts";

/** A payload of 200 bytes. */
export const TEXT = "x".repeat(200);
/** Clients that submit at the same time, and the jobs of one commit of theirs, as `POST /api/jobs/batch` makes them. */
const SUBMITTERS = 8;
const AT_ONCE = 100;

/** Turns that have committed. */
export interface TurnCount {
  readonly turns: number;
  /** Resolves when that many have. */
  reaches(turns: number): Promise<void>;
  end(): void;
}

type Committed = Extract<Diagnostic, { event: "turn.committed" }>;

export function countTurns(diagnostics: Diagnostics, isCounted: (turn: Committed) => boolean = () => true): TurnCount {
  let turns = 0;
  const waiting = new Map<number, (() => void)[]>();
  const end = diagnostics.observe((told) => {
    if (told.event !== "turn.committed" || !isCounted(told)) return;
    turns++;
    if (!waiting.has(turns)) return;
    for (const resolve of waiting.get(turns)!) resolve();
    waiting.delete(turns);
  });
  return {
    get turns() {
      return turns;
    },
    reaches(wanted) {
      if (turns >= wanted) return Promise.resolve();
      return new Promise((resolve) => void waiting.set(wanted, [...waiting.get(wanted) ?? [], resolve]));
    },
    end,
  };
}

export interface TellManyOptions {
  /** Aborted: no further batch is begun. */
  readonly until?: AbortSignal;
  /** Told of each batch that is durable. */
  readonly accepted?: (count: number) => void;
}

/** Submits until all are durable: each client's commands in batches, one batch durable before the next. */
export async function tellMany(
  system: System,
  count: number,
  command: () => Command,
  { until, accepted = () => {} }: TellManyOptions = {},
): Promise<void> {
  let told = 0;
  const submitter = async () => {
    while (told < count && !until?.aborted) {
      const size = Math.min(AT_ONCE, count - told);
      told += size;
      await system.tellAll(Array.from({ length: size }, command));
      accepted(size);
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitter));
}

/** A new job, by default a trivial one of `demo`. */
export function jobCommand(
  system: System,
  { tenant = "demo", type = trivial, id = system.createId() }: JobCommandOptions = {},
): Command {
  return { to: type.at(tenant, id), message: "run", payload: { text: TEXT }, fresh: true };
}

interface JobCommandOptions {
  readonly tenant?: string;
  readonly type?: Pick<typeof trivial, "at">;
  readonly id?: string;
}

/** Jobs a second. */
export interface Pace {
  readonly finished: number;
  /** Durable and acknowledged. */
  readonly accepted: number;
}

/**
 * Submits so many trivial jobs through the runtime's own API until as many have succeeded. On an empty system those are
 * the same jobs; where others wait already, those are worked off in turns with them, so fewer may have been accepted.
 */
export async function measureJobs(system: System, jobs: number): Promise<Pace> {
  const count = countTurns(system.diagnostics, ({ kind }) => kind === trivial.kind);
  const over = new AbortController();
  let accepted = 0;
  const begunAt = performance.now();
  const load = tellMany(system, jobs, () => jobCommand(system), {
    until: over.signal,
    accepted: (more) => void (accepted += more),
  });
  await Promise.race([count.reaches(jobs), load.then(() => count.reaches(jobs))]);
  const seconds = (performance.now() - begunAt) / 1_000;
  const pace = { finished: jobs / seconds, accepted: accepted / seconds };
  over.abort();
  // What is under way yet may wait as long as the others' outcomes go first; it ends with the system.
  load.catch(() => {});
  count.end();
  return pace;
}
