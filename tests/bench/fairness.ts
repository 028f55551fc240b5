import { join } from "node:path";
import type { System } from "../../runtime/mod.ts";
import { openBenchNode } from "./bench_node.ts";
import { trivial } from "./bench_registry.ts";
import { countTurns, jobCommand, tellMany } from "./load.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";
import { percentile } from "./statistics.ts";
import { deedOf } from "../support/deeds.ts";

const CONTENDED = { full: 20_000, quick: 4_000 };
const FLOOD = { full: 100_000, quick: 10_000 };
/** Turns of the flood before the others come. */
const FLOWING = 500;
const SMALL_TENANTS = Array.from({ length: 19 }, (_, index) => `small-${index + 1}`);
const EACH = 100;
/** How often it is measured without the flood. */
const CALM_ROUNDS = 3;

/** Whether tenants get their shares of the turns. */
export const fairness: Scenario = {
  name: "fairness",
  about: "turns by weight, and what one tenant's flood does to nineteen others",
  async run({ folder, scale, progress }: ScenarioOptions) {
    const node = await openBenchNode({ databaseUrl: `sqlite:${join(folder, "jobs.db")}` });
    try {
      const { system } = node;
      const heavy = { id: "heavy", name: "heavy", settings: { weight: 3 } };
      await system.tenants.create(heavy, { tenant: "system", ...deedOf("bench") });
      progress(`${CONTENDED[scale]} jobs of each of two tenants`);
      const turnRatio = await measureWeights(system, CONTENDED[scale]);
      progress("nineteen tenants alone");
      const calm: number[] = [];
      for (let round = 0; round < CALM_ROUNDS; round++) calm.push(...await measureSmall(system));
      progress(`nineteen tenants beside ${FLOOD[scale]} jobs of one`);
      await queue(system, "flood", FLOOD[scale]);
      const flowing = countTurns(system.diagnostics, ({ tenant }) => tenant === "flood");
      await system.control.resumeKind("flood", trivial.kind, deedOf("bench"));
      await flowing.reaches(FLOWING);
      const flooded = await measureSmall(system);
      flowing.end();
      return figuresOf(turnRatio, percentile(calm, 0.95), percentile(flooded, 0.95));
    } finally {
      await node.stop();
    }
  },
};

/** Turns of the tenant of weight 3 for each of the tenant of weight 1, while both have jobs that wait. */
async function measureWeights(system: System, jobs: number): Promise<number> {
  for (const tenant of ["heavy", "light"]) await queue(system, tenant, jobs);
  const all = countTurns(system.diagnostics);
  const heavy = countTurns(system.diagnostics, ({ tenant }) => tenant === "heavy");
  for (const tenant of ["heavy", "light"]) await system.control.resumeKind(tenant, trivial.kind, deedOf("bench"));
  await all.reaches(jobs / 10);
  const [from, heavyFrom] = [all.turns, heavy.turns];
  await heavy.reaches(jobs * 0.9);
  const heavyTurns = heavy.turns - heavyFrom;
  const lightTurns = all.turns - from - heavyTurns;
  await all.reaches(2 * jobs);
  all.end();
  heavy.end();
  return heavyTurns / lightTurns;
}

/** Jobs that wait until the kind is resumed. */
async function queue(system: System, tenant: string, jobs: number): Promise<void> {
  await system.control.pauseKind(tenant, trivial.kind, deedOf("bench"));
  await tellMany(system, jobs, () => jobCommand(system, { tenant }));
}

/** All small tenants submit at once. @returns for each job the ms from its submission to its commit */
async function measureSmall(system: System): Promise<number[]> {
  const done = Promise.withResolvers<void>();
  const begun = new Map<string, number>();
  const latencies: number[] = [];
  const end = system.diagnostics.observe((told) => {
    if (told.event !== "turn.committed") return;
    const begunAt = begun.get(told.key);
    if (begunAt === undefined) return;
    latencies.push(performance.now() - begunAt);
    if (latencies.length === SMALL_TENANTS.length * EACH) done.resolve();
  });
  await Promise.all([
    done.promise,
    ...SMALL_TENANTS.map((tenant) => {
      const ids = Array.from({ length: EACH }, () => system.createId());
      for (const id of ids) begun.set(id, performance.now());
      return system.tellAll(ids.map((id) => jobCommand(system, { tenant, id })));
    }),
  ]);
  end();
  return latencies;
}

function figuresOf(turnRatio: number, calmMs: number, floodedMs: number): Figure[] {
  return [
    {
      name: "turns of weight 3 for one of weight 1",
      unit: "ratio",
      value: turnRatio,
      bound: { atLeast: 2.7, atMost: 3.3 },
    },
    {
      name: "p95 of 19 small tenants beside a flood",
      unit: "ms",
      value: floodedMs,
      bare: { what: "without it", value: calmMs },
      bound: { ofBare: 2 },
    },
  ];
}
