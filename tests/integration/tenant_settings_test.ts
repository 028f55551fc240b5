import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { createEgress } from "../../runtime/upstream/bounded_egress.ts";
import { openBroker } from "../../runtime/upstream/open_broker.ts";
import { closeGate } from "../support/gates.ts";
import { openOutside } from "../support/outside.ts";
import { readEvents } from "../support/read_events.ts";
import { courier } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const DEED = { tenant: "ops", by: "ada", rows: [] };

function create({ system }: TestSystem, id: string, settings: object): Promise<unknown> {
  return system.tenants.create({ id, name: id, settings }, DEED);
}

Deno.test("a tenant of weight 3 gets three times the turns of one of weight 1 while both have work waiting", async () => {
  await using node = await setup({ slots: 4 });
  const { system, recorder } = node;
  using gate = closeGate("weighed");
  await create(node, "acme", { weight: 3 });
  // Who competes begins when all of it waits.
  for (const tenant of ["held", "kept"]) {
    for (let key = 0; key < 4; key++) await system.tell(tally.at(tenant, `k${key}`), "pass", { gate: "weighed" });
  }
  await gate.reached(4);
  for (const tenant of ["zen", "acme"]) {
    for (let key = 0; key < 240; key++) await system.tell(tally.at(tenant, `k${key}`), "add", { by: 1 });
  }
  gate.open();
  await node.quiet();
  const ended = recorder.of("turn.committed").map(({ tenant }) => tenant).filter((id) => id === "acme" || id === "zen");
  const share = ended.slice(0, 200).filter((id) => id === "acme").length;
  assert.ok(share >= 140 && share <= 160, `${share} of 200 turns`);
});

Deno.test("a tenant keeps as many events as its settings say, and the others as many as all do", async () => {
  await using node = await setup({ eventsKept: 1_000 });
  const { system, recorder } = node;
  await create(node, "acme", { eventsKept: 5 });
  for (const tenant of ["acme", "zen"]) {
    for (let by = 1; by <= 30; by++) await system.tell(tally.at(tenant, "one"), "add", { by });
  }
  await node.quiet();
  await recorder.next("events.trimmed", ({ tenant, upTo }) => tenant === "acme" && upTo === 25);
  assert.deepEqual((await system.tenants.usage("acme")).events, { used: 5, limit: 5 });
  assert.deepEqual((await system.tenants.usage("zen")).events, { used: 30, limit: 1_000 });
  assert.equal((await readEvents(system, "zen")).length, 30);
});

Deno.test("what a tenant's users give leads to its hosts only, at once when these are others", async () => {
  await using outside = openOutside();
  const reach = { reach: "user-addresses", upstreams: [], allowed: ["127.0.0.0/8"], webhookKeys: [] } as const;
  const egress = createEgress({
    upstreams: openBroker({ reach: "upstreams", upstreams: [] }, { clock: systemClock }),
    userAddresses: openBroker(reach, { clock: systemClock }),
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => egress.stop());
  await using node = await setup({ egress });
  const { system, recorder } = node;
  await create(node, "acme", { webhookHosts: ["hooks.acme.example"] });
  const call = (tenant: string, key: string) =>
    system.tell(courier.at(tenant, key), "run", { url: `${outside.url}/status/204` }, { fresh: true });
  const refused = recorder.next("message.dead-lettered");
  await call("acme", "j1");
  assert.deepEqual([(await refused).tenant, (await refused).code], ["acme", "address-refused"]);
  assert.deepEqual(outside.seen, []);
  const sent = recorder.next("turn.committed");
  await call("zen", "j1");
  assert.equal((await sent).tenant, "zen");
  await system.tenants.change("acme", { settings: { webhookHosts: ["127.0.0.1"] } }, DEED);
  const allowed = recorder.next("turn.committed");
  await call("acme", "j2");
  assert.equal((await allowed).tenant, "acme");
  assert.equal(outside.seen.length, 2);
});

Deno.test("Tenants.usage() counts what the one tenant has", async () => {
  await using node = await setup({ slots: 16, tenantPendingLimit: 500 });
  const { system } = node;
  using gate = closeGate("used");
  await create(node, "acme", { concurrency: 2 });
  for (const [tenant, count] of [["acme", 5], ["zen", 3]] as const) {
    for (let key = 0; key < count; key++) await system.tell(tally.at(tenant, `k${key}`), "pass", { gate: "used" });
  }
  await system.tell(tally.at("third", "one"), "add", { by: 1 });
  await gate.reached(5);
  const usage = await system.tenants.usage("acme");
  assert.deepEqual(usage.pending, { used: 5, limit: 500 });
  assert.deepEqual(usage.running, { used: 2, limit: 2 });
  assert.equal(usage.events.used, 0);
  assert.equal((await system.tenants.usage("zen")).running.used, 3);
  gate.open();
  await node.quiet();
});
