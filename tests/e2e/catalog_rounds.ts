import type { CatalogFaults } from "../../actors/catalog/simulator/contract.ts";
import { openCatalogSimulator } from "../../actors/catalog/simulator/simulator.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { CatalogJudge } from "./catalog_judge.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

export interface CatalogSize {
  /** What stands for the hour. */
  readonly windowMs?: number;
  readonly brands?: number;
}

/** About every second call is not answered as it should be. */
const FAULTS: CatalogFaults = {
  ...{ serverError: 60, limited: 150, hang: 40, reset: 60, truncated: 60, html: 40, malformed: 150 },
};
const HANG_MS = 1_000;
const CATEGORIES_CALLS = 6;
const LOOK_EVERY_MS = 40;
const PATIENCE_MS = 120_000;

/** Each round is one window; the catalogue changes after cycles, and the server is killed at any moment, and while it starts. */
export function catalogRounds({ windowMs = 20_000, brands = 60 }: CatalogSize = {}): Campaign {
  return {
    name: "catalog",
    shows: "tables are what the catalogue lists after every cycle, and no call is made too early or too often",
    rounds: 30,
    run: (course) => run(course, { windowMs, brands }),
  };
}

async function run({ rounds, random, tell }: Course, { windowMs, brands }: Required<CatalogSize>): Promise<Result> {
  const findings = new Findings();
  const figures = { kills: 0, changes: 0 };
  await using simulator = await openCatalogSimulator({
    ...{ seed: Math.floor(random.next() * 2 ** 31), brands, windowMs, hangMs: HANG_MS, faults: FAULTS },
    limits: { categories: CATEGORIES_CALLS, brands: 2 },
    mostWaitMs: Math.max(1_000, windowMs / 4),
  });
  const judge = new CatalogJudge(simulator, findings);
  const env = { ...simulator.env, CATALOG_EVERY_MS: String(windowMs / 2), LOG_LEVEL: "info" };
  await using server = await startServer({ env });
  const look = () => {
    using db = openFile(server);
    if (judge.look(db) === 0 || random.next() < 0.2) return;
    const count = 1 + Math.floor(random.next() * 12);
    judge.change(count);
    figures.changes += count;
  };
  const kill = async () => {
    await server.kill();
    using db = openFile(server);
    judge.killed(db);
    figures.kills++;
  };
  for (let round = 1; round <= rounds; round++) {
    const endsAt = performance.now() + windowMs;
    const kills = Array.from(
      { length: 1 + Math.floor(random.next() * 2) },
      () => endsAt - between(random, 0, windowMs),
    );
    for (const at of kills.sort((one, other) => one - other)) {
      await looking(look, () => performance.now() >= at);
      await kill();
      if (random.next() < 0.3) {
        const starting = server.restart().catch(() => {});
        await pause(between(random, 50, 1_000));
        await kill();
        await starting;
      }
      await server.restart();
    }
    await looking(look, () => performance.now() >= endsAt);
    tell(`${simulator.calls.length} calls, ${judge.completed} cycles, ${judge.written} rows written`);
  }
  simulator.setFaults({});
  const begunAt = performance.now();
  await looking(() => judgeOnly(server, judge), () => {
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error("The catalogue is not in step");
    return judge.isInStep;
  });
  judge.finish();
  await server.stop();
  const { length: calls } = simulator.calls;
  const faults = simulator.calls.filter(({ fault }) => fault !== null).length;
  return {
    findings: findings.all,
    figures: { ...figures, calls, faults, cycles: judge.completed, rows: judge.written },
  };
}

function judgeOnly(server: RunningServer, judge: CatalogJudge): void {
  using db = openFile(server);
  judge.look(db);
}

async function looking(look: () => void, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    look();
    await pause(LOOK_EVERY_MS);
  }
}
