import assert from "node:assert/strict";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import type { ScheduleDeclaration, ScheduleTiming, Tick } from "../../runtime/schedule/contract.ts";
import { tally } from "../support/registry/system_registry.ts";
import { ScheduledNode } from "../support/scheduled_node.ts";
import { judgeLedger, type KnownSchedule } from "../support/tick_oracle.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** `MAILROOM_SIMULATIONS=500` looks further than the suite does. */
const RUNS = Math.ceil(Number(Deno.env.get("MAILROOM_SIMULATIONS") ?? 25) / 25);

const POLICIES = [
  ...[{ catchUp: "all", catchUpLimit: 1_000 }, { catchUp: "all", catchUpLimit: 3 }] as const,
  ...[{ catchUp: "latest", catchUpLimit: 7 }, { catchUp: "skip", catchUpLimit: 1 }] as const,
];

function manySchedules(random: Random, now: number): readonly KnownSchedule[] {
  const below = (bound: number) => Math.floor(random.next() * bound);
  return Array.from({ length: 50 }, (_, number): KnownSchedule => {
    const minutes = [1, 2, 3, 5, 10, 15, 20, 30][below(8)]!;
    const everyMs = (20 + below(1_200)) * 1_000;
    const timing: ScheduleTiming = number % 2 === 0
      ? { everyMs }
      : { cron: minutes === 1 ? "* * * * *" : `*/${minutes} * * * *`, timeZone: "UTC" };
    const declared: ScheduleDeclaration = {
      name: `s${number}`,
      timing,
      target: { kind: "tally", key: `s${number}`, message: "add", payload: { by: 1 } },
      ...POLICIES[number % POLICIES.length]!,
      jitterMs: number % 3 === 0 ? 5_000 : 0,
      enabled: true,
    };
    const gapMs = minutes * MINUTE;
    const next = (instant: number) => number % 2 === 0 ? instant + everyMs : (Math.floor(instant / gapMs) + 1) * gapMs;
    return { declared, createdAt: now, next };
  });
}

async function wholeLedger(node: ScheduledNode, name: string): Promise<readonly Tick[]> {
  const all: Tick[] = [];
  for (;;) {
    const ticks = await node.system.schedules.ticks({ tenant: "acme", name, before: all.at(-1)?.instant, limit: 100 });
    all.push(...ticks);
    if (ticks.length < 100) return all.reverse();
  }
}

for (let seed = 1; seed <= RUNS; seed++) {
  Deno.test(`fifty schedules run each instant once, and catch up as they say, whatever becomes of node and clock (P18, seed ${seed})`, async () => {
    using node = await ScheduledNode.open({ seed, now: NOON });
    const random = seededRandom(seed);
    const known = manySchedules(random, node.now());
    for (const { declared } of known) await node.system.schedules.create("acme", declared);
    const deadly = async (ms: number) => {
      node.deaths.before = node.deaths.after = 0.008;
      await node.live(ms);
      node.deaths.before = node.deaths.after = 0;
    };
    await deadly(40 * MINUTE);
    const acts: readonly (() => Promise<void> | void)[] = [
      () => node.setClock(HOUR),
      () => node.setClock(-HOUR),
      async () => {
        node.kill();
        await node.advance(2 * HOUR);
        await node.begin();
      },
      async () => {
        node.kill();
        await node.begin();
      },
    ];
    for (const act of [...acts, ...acts].sort(() => random.next() - 0.5)) {
      await act();
      await deadly(Math.ceil(random.next() * 20) * MINUTE);
    }
    // For as long as the clock is behind where it has been.
    await node.live(2 * HOUR + 10 * MINUTE);
    // What was sent just now may be to wait for its jitter.
    while (node.system.health().pending > 0) await node.live(1_000);

    let runs = 0;
    for (const schedule of known) {
      const { name } = schedule.declared;
      const { nextAt, last } = (await node.system.schedules.get("acme", name))!;
      const ticks = await wholeLedger(node, name);
      const sent = judgeLedger(schedule, { ticks, nextAt, now: node.now() });
      assert.deepEqual(last, ticks.at(-1));
      assert.equal(await node.system.ask(tally.at("acme", name), "count"), sent, `${name} has run what was sent`);
      runs += sent;
    }
    assert.ok(runs >= 1_000, `${runs} ticks`);
    assert.ok(node.lives > 20, `${node.lives} lives`);
  });
}
