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
/** While the clock is behind where it has been. */
const STANDSTILL_MS = 1_500;
/** Ticks, of about eight in a second. */
const SOME = 20;

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

/** Of a moment between two ticks: schedules go on while they are looked at. */
async function standing(system: System, name: string) {
  for (;;) {
    const before = (await system.schedules.get("acme", name))!;
    const ticks = await ledger(system, name);
    const { nextAt, last } = (await system.schedules.get("acme", name))!;
    if (nextAt === before.nextAt) return { ticks, nextAt, last };
  }
}

/** Resolves when the nodes have sent some more, as they do all the time. */
async function sentMore(rig: ScheduledCluster): Promise<void> {
  const before = rig.told("tick.sent").length;
  await rig.until(() => Promise.resolve(rig.told("tick.sent").length >= before + SOME));
}

/**
 * However long that takes on a machine that others use too: until no schedule is behind. Answers up to when nothing is due
 * any more.
 */
async function caughtUp(
  rig: ScheduledCluster,
  { by, known }: { readonly by: System; readonly known: readonly KnownSchedule[] },
): Promise<number> {
  let lastAt = 0;
  await rig.until(async () => {
    const at = by.now() - SLOW_MS;
    for (const { declared: { name } } of known) {
      const { nextAt } = (await by.schedules.get("acme", name))!;
      if (nextAt === null || nextAt <= at) return false;
    }
    lastAt = at;
    return true;
  });
  return lastAt;
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
  await sentMore(rig);
  rig.setClock(HOUR);
  await caughtUp(rig, { by: rig.system("two"), known });
  rig.setClock(-HOUR);
  await rig.live(STANDSTILL_MS);
  rig.setClock(HOUR);
  await sentMore(rig);
  rig.nodes.get("one")!.kill();
  await caughtUp(rig, { by: rig.system("two"), known });
  await rig.begin("four");
  await sentMore(rig);
  for (const { mortality, kill } of rig.nodes.values()) if (!mortality.dead) kill();
  rig.setClock(2 * HOUR);
  for (const name of ["five", "six", "seven"]) await rig.begin(name);
  const { system } = rig.nodes.get("six")!;
  const lastAt = await caughtUp(rig, { by: system, known });

  const sentTo = new Map<string, number>();
  for (const schedule of known) {
    const { name } = schedule.declared;
    const { ticks, nextAt, last } = await standing(system, name);
    const sent = judgeLedger(schedule, { ticks, nextAt, now: lastAt });
    assert.deepEqual(last, ticks.at(-1));
    sentTo.set(name, sent);
  }
  const runs = [...sentTo.values()].reduce((sum, sent) => sum + sent);
  assert.ok(runs >= 1_000, `${runs} ticks`);
  await rig.until(async () => {
    for (const [name, sent] of sentTo) {
      const count = await system.ask(tally.at("acme", name), "count");
      if (count < sent) continue;
      const sentByNow = (await ledger(system, name)).filter(({ status }) => status === "sent").length;
      assert.ok(count <= sentByNow, `${name} has run ${count} times, and was sent ${sentByNow}`);
      if (count === sentByNow) sentTo.delete(name);
      else sentTo.set(name, sentByNow);
    }
    return sentTo.size === 0;
  });
});
