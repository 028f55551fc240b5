import assert from "node:assert/strict";
import { clockworkRegistry } from "../support/registry/clockwork_registry.ts";
import { HOUR, hourly, MINUTE, scheduled, type ScheduledRig, until } from "../support/scheduled_rig.ts";

const registryUrl = new URL("../support/registry/clockwork_registry.ts", import.meta.url).href;

/** A node whose program may be another after a restart. */
async function clockwork(declared: { everyMs: number; names: string[] }): Promise<ScheduledRig> {
  const kinds = {
    get registry() {
      return clockworkRegistry(declared);
    },
    registryUrl,
  };
  return await scheduled({ kinds });
}

const names = async ({ schedules }: ScheduledRig) =>
  (await schedules.page({ tenant: "system", limit: 100 })).map(({ name }) => name);

/** A node that has just started looks when its clock moves. */
const soon = (node: ScheduledRig, isSo: () => Promise<boolean>) =>
  until(() => {
    node.advance(1);
    return isSo();
  });

const windUp = async ({ system }: ScheduledRig) => (await system.schedules.get("system", "wind-up"))!;

Deno.test("a schedule that a kind declares runs for the tenant system, and comes from the program at each start", async () => {
  const program = { everyMs: MINUTE, names: ["wind-up", "oil"] };
  await using node = await clockwork(program);
  await soon(node, async () => (await names(node)).length === 2);
  const made = await windUp(node);
  assert.deepEqual([made.builtIn, made.enabled, made.nextAt! - made.createdAt, made.createdBy, made.catchUp], [
    ...[true, true, MINUTE, "system", "latest"],
  ]);
  assert.deepEqual(made.target, { kind: "clockwork", key: "main", message: "tick", payload: { by: 1 } });
  await node.past(made.nextAt!, "wind-up", "system");

  const to = { tenant: "system", kind: "clockwork", key: "main" };
  await node.rig.restart();
  await soon(node, async () => await node.system.ask(to, "ticks" as never) === 1);
  assert.equal((await windUp(node)).nextAt, made.nextAt! + MINUTE);

  program.everyMs = HOUR;
  program.names = ["wind-up", "polish"];
  await node.rig.restart();
  await soon(node, async () => (await names(node)).join() === "polish,wind-up");
  const changed = await windUp(node);
  assert.deepEqual([changed.timing, changed.nextAt], [{ everyMs: HOUR }, changed.updatedAt + HOUR]);
  assert.deepEqual([changed.createdAt, changed.last?.status], [made.createdAt, "sent"]);
  assert.deepEqual(await node.ticks("oil", "system"), []);
});

Deno.test("people can disable a schedule that a kind declares, which stays so, and neither change nor remove it", async () => {
  const program = { everyMs: MINUTE, names: ["wind-up"] };
  await using node = await clockwork(program);
  await soon(node, async () => (await names(node)).length === 1);
  const conflict = { code: "conflict" };
  const change = (changes: object) => node.schedules.change("system", "wind-up", changes);
  await assert.rejects(node.schedules.remove("system", "wind-up"), conflict);
  await assert.rejects(change({ timing: { everyMs: HOUR } }), conflict);
  await assert.rejects(change({ target: { ...(await windUp(node)).target, key: "b" } }), conflict);
  await assert.rejects(change({ target: hourly.target, enabled: false }), conflict);
  await change({ enabled: false });
  program.everyMs = 2 * MINUTE;
  await node.rig.restart();
  await soon(node, async () => JSON.stringify((await windUp(node)).timing) === JSON.stringify({ everyMs: 2 * MINUTE }));
  const left = await windUp(node);
  assert.deepEqual([left.enabled, left.nextAt], [false, null]);
  const { nextAt } = await change({ enabled: true });
  assert.ok(nextAt! > node.now() && nextAt! <= node.now() + 2 * MINUTE);
});
