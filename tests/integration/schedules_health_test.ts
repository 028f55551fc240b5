import assert from "node:assert/strict";
import { createApp } from "../../routes/app.ts";
import { BOUNDS } from "../../routes/schedules_check.ts";
import { mood, registry } from "../support/registry/moody_registry.ts";
import { holdingReads, scheduled, until } from "../support/scheduled_rig.ts";
import { ORIGIN } from "../support/test_app.ts";

const registryUrl = new URL("../support/registry/moody_registry.ts", import.meta.url).href;

interface Seen {
  readonly condition: string;
  readonly schedules: readonly {
    readonly condition: string;
    readonly lastTickAt: string | null;
    readonly lastRunAt: string | null;
    readonly nextTickAt: string | null;
    readonly runs: number;
    readonly errorRatio: number;
    readonly durationMs: number | null;
    readonly detail: string | null;
  }[];
}

Deno.test("S4-36 GET /health tells when a schedule last ran, how often it fails, how long it takes, and degraded from unhealthy (S3-39, S3-40, S3-41)", async () => {
  const held = holdingReads();
  await using node = await scheduled({ kinds: { registry, registryUrl }, around: held.around });
  const clock = { now: () => node.now(), monotonic: () => node.now(), after: () => () => {} };
  const app = createApp({
    system: node.system,
    clock,
    config: { port: () => 8000, maxStreams: 10, version: "0.1.0", perMinute: {} },
    onError: (error) => assert.fail(String(error)),
    startedAt: node.now(),
  });
  const health = async (): Promise<Seen> => {
    // What was seen is kept for a second.
    node.advance(1_001);
    return await (await app.request(`${ORIGIN}/health`)).json();
  };
  const seen = async () => {
    const { condition, schedules: [rounds] } = await health();
    return { whole: condition, ...rounds! };
  };
  const run = async () => {
    await node.schedules.runNow("system", "rounds");
    await node.quiet();
  };
  mood.fails = false;
  await until(async () => (await health()).schedules.length === 1);
  const { whole, condition, lastRunAt, errorRatio, durationMs, detail } = await seen();
  assert.deepEqual([whole, condition, lastRunAt, errorRatio, durationMs, detail], [
    ...["healthy", "healthy", null, 0, null, null],
  ]);

  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  mood.before = () => {
    begun.resolve();
    return gate.promise;
  };
  const { nextAt } = (await node.schedules.get("system", "rounds"))!;
  await node.past(nextAt!, "rounds", "system");
  await begun.promise;
  node.advance(24_000);
  gate.resolve();
  mood.before = () => Promise.resolve();
  await node.quiet();
  const slow = await seen();
  assert.deepEqual([slow.whole, slow.condition, slow.runs], ["degraded", "degraded", 1]);
  assert.match(slow.detail!, /^a run takes 24\d\d\d ms, and one comes every 40000 ms$/);
  assert.ok(Date.parse(slow.lastTickAt!) >= nextAt!);
  assert.ok(Date.parse(slow.lastRunAt!) >= nextAt! + 24_000);

  for (let nth = 0; nth < 4; nth++) await run();
  const well = await seen();
  assert.deepEqual([well.condition, well.runs, well.errorRatio], ["healthy", 5, 0]);
  mood.fails = true;
  await run();
  assert.deepEqual([(await seen()).condition, (await seen()).runs], ["healthy", 6]);
  await run();
  const failing = await seen();
  assert.deepEqual([failing.whole, failing.condition, failing.errorRatio], ["degraded", "degraded", 2 / 7]);
  assert.equal(failing.detail, "2 of the last 7 runs have failed");
  for (let nth = 0; nth < 5; nth++) await node.schedules.runNow("system", "rounds");
  const to = { tenant: "system", kind: "moody", key: "main" };
  await until(async () => ((await node.system.inspect(to))?.parked ?? null) !== null);
  const broken = await seen();
  assert.equal(broken.condition, "unhealthy");
  assert.equal(broken.whole, "degraded");
  assert.match(
    broken.detail!,
    /^its actor is parked, and waits to be resumed; [5-7] of the last 1[0-2] runs have failed$/,
  );

  mood.fails = false;
  await node.system.control.resume(to, { by: "ann", rows: [] });
  await node.quiet();
  for (let nth = 0; nth < 20; nth++) await run();
  assert.equal((await seen()).condition, "healthy");

  const [late, lost] = BOUNDS.lateMs;
  const due = (await node.schedules.get("system", "rounds"))!.nextAt!;
  held.hold();
  node.advance(Math.max(0, due - node.now()));
  await until(() => Promise.resolve(held.isHeld));
  node.set(due + late - node.now());
  assert.equal((await seen()).condition, "degraded");
  node.set(due + lost - node.now());
  const behind = await seen();
  assert.equal(behind.condition, "unhealthy");
  assert.match(behind.detail!, /^the next tick is 90\d\d\d\d ms late$/);
  held.release();
});
