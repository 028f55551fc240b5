import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { readEvents } from "../support/read_events.ts";
import { ledger } from "../support/registry/ledger.ts";
import { echo } from "../support/registry/system_jobs.ts";
import { narrow, tally } from "../support/registry/system_registry.ts";
import { closeGate } from "../support/gates.ts";
import { setup } from "../support/test_system.ts";

Deno.test("System.query() and System.point() read rows of the one tenant only (P13)", async () => {
  await using node = await setup();
  const { system } = node;
  for (const tenant of ["acme", "zen"]) {
    await system.tell(tally.at(tenant, "one"), "everything", { id: tenant, amount: 1, fail: false });
    await system.tell(echo.at(tenant, "j1"), "run", { text: tenant }, { fresh: true });
  }
  await node.quiet();
  assert.deepEqual(await system.query("zen", ledger.queries.all, {}), [{ id: "zen", amount: 1 }]);
  const forged = { id: "j1", tenant: "acme" };
  const job = await system.point("zen", jobTables.queries.byId, forged);
  assert.equal(JSON.parse(job!.result!).text, "zen");
  assert.equal(await system.point("other", jobTables.queries.byId, forged), null);
});

Deno.test("System.ask() and System.inspect() see actors of the one tenant only (P13)", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(tally.at("acme", "one"), "add", { by: 5 });
  await node.quiet();
  assert.equal(await system.ask(tally.at("zen", "one"), "count"), 0);
  assert.equal(await system.inspect(tally.at("zen", "one")), null);
});

Deno.test("Context.tell() and Context.ask() do not reach another tenant (P13)", async () => {
  await using node = await setup();
  const { system } = node;
  await system.tell(tally.at("acme", "one"), "forward", { to: "one", tenant: "zen", times: 1 });
  await system.tell(tally.at("acme", "two"), "ask", { of: "one", tenant: "zen" });
  await node.quiet();
  assert.deepEqual(node.recorder.of("message.dead-lettered").map(({ code }) => code), ["not-found", "not-found"]);
  assert.equal(await system.inspect(tally.at("zen", "one")), null);
});

Deno.test("Feed.follow() tells the events of the one tenant, numbered for it alone (P13)", async () => {
  await using node = await setup();
  const { system } = node;
  for (let by = 1; by <= 5; by++) await system.tell(tally.at("acme", "one"), "add", { by });
  await system.tell(tally.at("zen", "one"), "add", { by: 9 });
  await node.quiet();
  const events = await readEvents(system, "zen");
  assert.deepEqual(events.map(({ number, data }) => [number, data]), [[1, '{"by":9}']]);
});

Deno.test("System.tell() serves a tenant with one message while another floods (P13)", async () => {
  await using node = await setup({ slots: 4 });
  const { system, recorder } = node;
  using gate = closeGate("flood");
  for (let number = 0; number < 40; number++) {
    await system.tell(tally.at("acme", `k${number}`), "pass", { gate: "flood" });
  }
  await gate.reached();
  const served = recorder.next("turn.committed", ({ tenant }) => tenant === "zen");
  await system.tell(tally.at("zen", "one"), "add", { by: 1 });
  await served;
  assert.equal(gate.waiting, 3);
  gate.open();
  await node.quiet();
});

Deno.test("System.tell() keeps to a kind's limits, in all and for each tenant", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  using gate = closeGate("narrow");
  for (const tenant of ["acme", "zen", "third"]) {
    for (const key of ["a", "b"]) await system.tell(narrow.at(tenant, key), "pass", { gate: "narrow" });
  }
  await gate.reached(2);
  assert.equal(system.health().running, 2);
  gate.open();
  await node.quiet();
  assert.equal(recorder.of("turn.committed").length, 6);
});
