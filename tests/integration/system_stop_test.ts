import assert from "node:assert/strict";
import { join } from "node:path";
import { jobTables } from "../../actors/job/tables.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { openSqliteStore } from "../../runtime/store/sqlite/open.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { closeGate } from "../support/gates.ts";
import { createMortality } from "../support/mortal.ts";
import { patient } from "../support/registry/system_jobs.ts";
import { registry, tally } from "../support/registry/system_registry.ts";
import { setup } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");

Deno.test("System.stop() called again cuts the grace short, and still hands back at no cost (P22)", async () => {
  await using node = await setup();
  using gate = closeGate("held");
  await node.system.tell(patient.at("acme", "j1"), "run", { gate: "held" }, { fresh: true, maxAttempts: 1 });
  await gate.reached();
  const stopped = node.system.stop({ graceMs: 3_600_000 });
  await Promise.all([stopped, node.system.stop({ graceMs: 0 })]);
  assert.deepEqual([node.system.health().status, node.armed], ["stopped", 0]);
  gate.open();
  await node.restart();
  await node.quiet();
  const job = await node.system.point("acme", jobTables.queries.byId, { id: "j1" });
  assert.deepEqual([job?.status, job?.attempts], ["succeeded", 1]);
});

Deno.test("System.stop() lets last answers be read when turns are written, and closes the store after them", async () => {
  await using node = await setup();
  const { system, recorder } = node;
  using gate = closeGate("held");
  await system.tell(ONE, "pass", { gate: "held" });
  await gate.reached();
  const answers: unknown[] = [];
  const committed = recorder.next("turn.committed");
  const stopped = system.stop({
    async beforeClose() {
      answers.push(system.health().status, (await system.inspect(ONE))?.version);
    },
  });
  gate.open();
  await committed;
  await stopped;
  assert.deepEqual(answers, ["stopping", 1]);
  await assert.rejects(async () => await system.inspect(ONE));
});

Deno.test("System.stop() ends a node that is still starting; its start rejects, and no timer is left", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-stop-" });
  const registryUrl = import.meta.resolve("../support/registry/system_registry.ts");
  const path = join(folder, "mailroom.db");
  const store = await openSqliteStore({ path, registry, registryUrl, node: "test", now: Date.now(), sync: "off" });
  const { clock } = createMortality(systemClock);
  const [reading, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: Store = {
    ownership: store.ownership,
    write: (batch) => store.write(batch),
    close: () => store.close(),
    read: {
      ...store.read,
      async pending() {
        reading.resolve();
        await stopped.promise;
        return new Map();
      },
    },
  };
  const system = createSystem({
    registry,
    store: slow,
    createHost: (events) => createInlineHost({ registry, clock, random: seededRandom(1), events }),
    clock,
    random: seededRandom(1),
    diagnostics: createDiagnostics(),
    tenantPendingLimit: 1,
    eventsKept: 1,
    onFatal: () => {},
  });
  const started = assert.rejects(system.start(), { code: "stopping" });
  await reading.promise;
  const closing = Promise.withResolvers<void>();
  const over = system.stop({ beforeClose: () => closing.promise });
  stopped.resolve();
  await started;
  assert.equal(system.health().status, "stopping");
  closing.resolve();
  await over;
  assert.deepEqual([system.health().status, clock.armed], ["stopped", 0]);
  await Deno.remove(folder, { recursive: true });
});
