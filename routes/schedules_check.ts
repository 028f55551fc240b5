import { LATE_MS, type RecentRuns, type Schedule, type System, watchRuns } from "../runtime/mod.ts";

export const CONDITIONS = ["healthy", "degraded", "unhealthy"] as const;
export type Condition = (typeof CONDITIONS)[number];

/** A schedule that comes with a kind: when it ran, and how. Anyone may read it, so it tells of no tenant's own. */
export interface ScheduleSight {
  readonly name: string;
  readonly condition: Condition;
  /** Ms since the epoch, as the next; null before the first tick. */
  readonly lastTickAt: number | null;
  readonly nextTickAt: number | null;
  /** How long the next is overdue. */
  readonly lateMs: number;
  /** Of the runs that this node has seen, from here on. */
  readonly runs: number;
  readonly lastRunAt: number | null;
  readonly errorRatio: number;
  readonly durationMs: number | null;
  /** What is wrong, in words and numbers. */
  readonly detail: string | null;
}

const TENANT = "system";
const MOST = 100;
/** Above the first it is degraded, above the second unhealthy. */
export const BOUNDS = {
  /** A tick so late counts as missed; ten times as late, nobody looks any more. */
  lateMs: [LATE_MS, 10 * LATE_MS],
  errorRatio: [0.2, 0.5],
  /** Of what lies between two ticks: a run that takes longer is not over when the next begins. */
  durationShare: [0.5, 1],
} as const;
/** Fewer runs say nothing. */
const LEAST_RUNS = 4;

/** What is seen of them from now on; disabled ones are left out. */
export function watchSchedules(
  system: Pick<System, "registry" | "diagnostics" | "schedules" | "inspect" | "now">,
): () => Promise<readonly ScheduleSight[]> {
  const { registry, diagnostics, schedules, inspect, now } = system;
  const scheduled = [...registry.kinds.values()].filter((kind) => kind.schedules.length > 0).map(({ kind }) => kind);
  const runsOf = watchRuns(diagnostics, { kinds: scheduled, tenant: TENANT, now });
  return async () => {
    const all = await schedules.page({ tenant: TENANT, limit: MOST });
    return await Promise.all(
      all.filter(({ builtIn, enabled }) => builtIn && enabled).map(async (schedule) => {
        const { kind, key } = schedule.target;
        const actor = key === null ? null : await inspect({ tenant: TENANT, kind, key });
        const [first = 0, second = Infinity] = schedules.preview(schedule.timing, 2);
        const runs = runsOf(kind);
        return sightOf(schedule, {
          runs,
          isParked: (actor?.parked ?? null) !== null,
          intervalMs: second - first,
          now: now(),
        });
      }),
    );
  };
}

export function sightOf(
  { name, nextAt, last }: Pick<Schedule, "name" | "nextAt" | "last">,
  { runs, isParked, intervalMs, now }: {
    readonly runs: RecentRuns;
    readonly isParked: boolean;
    readonly intervalMs: number;
    readonly now: number;
  },
): ScheduleSight {
  const lateMs = nextAt === null ? 0 : Math.max(0, now - nextAt);
  const { endedAt, errorRatio, durationMs } = runs;
  const share = (durationMs ?? 0) / intervalMs;
  const faults: readonly (readonly [Condition, string])[] = [
    [conditionOf(lateMs, BOUNDS.lateMs), `the next tick is ${lateMs} ms late`],
    [last?.status === "refused" ? "unhealthy" : "healthy", "the last tick was refused"],
    [isParked ? "unhealthy" : "healthy", "its actor is parked, and waits to be resumed"],
    [
      runs.runs < LEAST_RUNS ? "healthy" : conditionOf(errorRatio, BOUNDS.errorRatio),
      `${Math.round(errorRatio * runs.runs)} of the last ${runs.runs} runs have failed`,
    ],
    [
      conditionOf(share, BOUNDS.durationShare),
      `a run takes ${Math.round(durationMs ?? 0)} ms, and one comes every ${intervalMs} ms`,
    ],
  ];
  const wrong = faults.filter(([condition]) => condition !== "healthy");
  return {
    name,
    condition: CONDITIONS.findLast((each) => wrong.some(([condition]) => condition === each)) ?? "healthy",
    lastTickAt: last?.at ?? null,
    nextTickAt: nextAt,
    ...{ lateMs, runs: runs.runs, lastRunAt: endedAt, errorRatio, durationMs },
    detail: wrong.length === 0 ? null : wrong.map(([, what]) => what).join("; "),
  };
}

function conditionOf(value: number, [degraded, unhealthy]: readonly [number, number]): Condition {
  return value > unhealthy ? "unhealthy" : value > degraded ? "degraded" : "healthy";
}
