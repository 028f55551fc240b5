import assert from "node:assert/strict";
import { seededRandom } from "../../runtime/core/random.ts";
import type { ScheduleDeclaration, Tick } from "../../runtime/schedule/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { tally } from "../support/registry/system_registry.ts";
import { ScheduledCluster } from "../support/scheduled_cluster.ts";
import { judgeLedger, type KnownSchedule } from "../support/tick_oracle.ts";

const NAMES = ["one", "two", "three"] as const;
const HOUR = 3_600_000;
/** How late a node may be that has nothing else to do, on a machine that others use too. */
const SLOW_MS = 5_000;

const POLICIES = [
  ...[{ catchUp: "all", catchUpLimit: 40 }, { catchUp: "all", catchUpLimit: 3 }] as const,
  ...[{ catchUp: "latest", catchUpLimit: 7 }, { catchUp: "skip", catchUpLimit: 1 }] as const,
];

async function ledger({ schedules }: System, name: string): Promise<readonly Tick[]> {
  const all: Tick[] = [];
  for (;;) {
    const ticks = await schedules.ticks({ tenant: "acme", name, before: all.at(-1)?.instant, limit: 1_000 });
    all.push(...ticks);
    if (ticks.length < 1_000) return all.reverse();
  }
}

Deno.test("three nodes on one Postgres run each instant of fifty schedules once, and catch up as they say (P18)", async () => {
  await using rig = await ScheduledCluster.open(...NAMES);
  const random = seededRandom(7);
  const known: KnownSchedule[] = [];
  for (let number = 0; number < 50; number++) {
    const everyMs = 1_000 + Math.floor(random.next() * 20_000);
    const declared: ScheduleDeclaration = {
      name: `s${number}`,
      timing: { everyMs },
      target: { kind: "tally", key: `s${number}`, message: "add", payload: { by: 1 } },
      ...POLICIES[number % POLICIES.length]!,
      jitterMs: number % 3 === 0 ? 500 : 0,
      enabled: true,
    };
    const { createdAt } = await rig.system(NAMES[number % 3]!).schedules.create("acme", declared);
    known.push({ declared, createdAt, next: (instant) => instant + everyMs });
  }
  await rig.live(6_000);
  rig.aheadMs += HOUR;
  await rig.live(4_000);
  rig.aheadMs -= HOUR;
  await rig.live(2_000);
  rig.nodes.get("one")!.kill();
  rig.aheadMs += HOUR;
  await rig.live(4_000);
  await rig.begin("four");
  await rig.live(2_000);
  for (const { mortality, kill } of rig.nodes.values()) if (!mortality.dead) kill();
  rig.aheadMs += 2 * HOUR;
  for (const name of ["five", "six", "seven"]) await rig.begin(name);
  await rig.live(6_000);
  const { system } = rig.nodes.get("six")!;
  let lastAt = 0;
  // However long that takes on a machine that others use too: until no schedule is behind.
  await rig.until(async () => {
    const at = system.now() - SLOW_MS;
    for (const { declared: { name } } of known) {
      const { nextAt } = (await system.schedules.get("acme", name))!;
      if (nextAt === null || nextAt <= at) return false;
    }
    lastAt = at;
    return true;
  });
  // From here on nothing is due.
  rig.aheadMs -= HOUR;
  await rig.lapsed();

  let runs = 0;
  for (const schedule of known) {
    const { name } = schedule.declared;
    const ticks = await ledger(system, name);
    const { nextAt, last } = (await system.schedules.get("acme", name))!;
    const sent = judgeLedger(schedule, { ticks, nextAt, now: lastAt });
    assert.deepEqual(last, ticks.at(-1));
    runs += sent;
  }
  assert.ok(runs >= 1_000, `${runs} ticks`);
  // What was to come a little later than its instant has gone back with the clock.
  rig.aheadMs += HOUR - 30_000;
  await rig.until(async () => {
    for (const { declared: { name } } of known) {
      const sent = (await ledger(system, name)).filter(({ status }) => status === "sent").length;
      const count = await system.ask(tally.at("acme", name), "count");
      assert.ok(count <= sent, `${name} has run ${count} times, and was sent ${sent}`);
      if (count < sent) return false;
    }
    return true;
  });
});
