import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../runtime/core/clock.ts";
import { batchTables } from "../../runtime/batch/tables.ts";
import { press, registry } from "../support/registry/batches_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const kinds = { registry, registryUrl: new URL("../support/registry/batches_registry.ts", import.meta.url).href };
const HOUR = 3_600_000;
/** Of timers, so that a sweep does not come in seconds. */
const HASTE = 100;

async function namesOf({ system }: TestSystem, tenant: string): Promise<readonly string[]> {
  const rows = await system.query(tenant, batchTables.queries.page, { limit: 50 });
  return rows.map(({ name }) => name).sort();
}

Deno.test("batches go as long after their end as jobs do, in the order of their ends, and none that has not ended", async () => {
  let passedMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + passedMs,
    monotonic: systemClock.monotonic,
    after: (ms, fire) => systemClock.after(ms / HASTE, fire),
  };
  await using node = await setup({ kinds, clock, keptMs: { jobs: 3 * HOUR } });
  const { control } = node.system;
  const begin = (tenant: string, name: string) =>
    node.system.tell(press.at(tenant, name), "print", { copies: 3, name });
  const ends = (count: number) => node.recorder.until(() => node.recorder.of("batch.ended").length === count);
  const swept = (batches: number) =>
    node.recorder.until(() => {
      const told = node.recorder.of("rows.swept").filter(({ what }) => what === "batches");
      return told.reduce((sum, { rows }) => sum + rows, 0) === batches;
    });

  await control.pauseKind("beta", "print", { by: "ada", rows: [] });
  await begin("beta", "open");
  for (const name of ["first", "second"]) await begin("acme", name);
  await begin("zen", "first");
  await ends(3);
  passedMs += HOUR;
  await begin("acme", "later");
  await ends(4);
  passedMs += 2 * HOUR - 60_000;
  assert.deepEqual(await namesOf(node, "acme"), ["first", "later", "second"]);

  passedMs += 120_000;
  await swept(3);
  assert.deepEqual([await namesOf(node, "acme"), await namesOf(node, "zen")], [["later"], []]);
  passedMs += HOUR;
  await swept(4);
  assert.deepEqual([await namesOf(node, "acme"), await namesOf(node, "beta")], [[], ["open"]]);

  await control.resumeKind("beta", "print", { by: "ada", rows: [] });
  await ends(5);
  assert.deepEqual(await namesOf(node, "beta"), ["open"]);
  passedMs += 4 * HOUR;
  await swept(5);
  assert.deepEqual(await namesOf(node, "beta"), []);
});
