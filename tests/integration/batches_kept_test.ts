import assert from "node:assert/strict";
import { batchTables } from "../../runtime/batch/tables.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { closeGate } from "../support/gates.ts";
import { press, registry } from "../support/registry/batches_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const kinds = { registry, registryUrl: new URL("../support/registry/batches_registry.ts", import.meta.url).href };
const HOUR = 3_600_000;
const START = Date.parse("2026-11-22T12:00:00.000Z");

async function namesOf({ system }: TestSystem, tenant: string): Promise<readonly string[]> {
  const rows = await system.query(tenant, batchTables.queries.page, { limit: 50 });
  return rows.map(({ name }) => name).sort();
}

Deno.test("batches go as long after their end as jobs do, in the order of their ends, and none that has not ended", async () => {
  const clock = new FakeClock(START);
  await using node = await setup({ kinds, clock, keptMs: { jobs: 3 * HOUR } });
  using gate = closeGate("kept");
  const begin = (tenant: string, name: string, gate = "") =>
    node.system.tell(press.at(tenant, name), "print", { copies: 3, name, gate });
  const ends = (count: number) => node.recorder.until(() => node.recorder.of("batch.ended").length === count);
  const swept = (batches: number) =>
    node.recorder.until(() => {
      const told = node.recorder.of("rows.swept").filter(({ what }) => what === "batches");
      return told.reduce((sum, { rows }) => sum + rows, 0) === batches;
    });

  await begin("acme", "open", "kept");
  await gate.reached();
  for (const name of ["first", "second"]) await begin("acme", name);
  await begin("zen", "first");
  await ends(3);
  clock.advance(HOUR);
  await begin("acme", "later");
  await ends(4);
  clock.advance(2 * HOUR - 60_000);
  assert.deepEqual(await namesOf(node, "acme"), ["first", "later", "open", "second"]);

  clock.advance(120_000);
  await swept(3);
  assert.deepEqual([await namesOf(node, "acme"), await namesOf(node, "zen")], [["later", "open"], []]);
  clock.advance(HOUR);
  await swept(4);
  assert.deepEqual(await namesOf(node, "acme"), ["open"]);

  gate.open();
  await ends(5);
  assert.deepEqual(await namesOf(node, "acme"), ["open"]);
  clock.advance(4 * HOUR);
  await swept(5);
  assert.deepEqual(await namesOf(node, "acme"), []);
});
