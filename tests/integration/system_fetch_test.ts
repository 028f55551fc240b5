import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { createEgress } from "../../runtime/upstream/bounded_egress.ts";
import type { Egress } from "../../runtime/upstream/egress.ts";
import { openBroker } from "../../runtime/upstream/open_broker.ts";
import { openOutside } from "../support/outside.ts";
import { courier } from "../support/registry/system_jobs.ts";
import { setup } from "../support/test_system.ts";

function egressTo(...allowed: string[]): Egress & AsyncDisposable {
  const egress = createEgress({
    upstreams: openBroker({ reach: "upstreams", upstreams: [] }, { clock: systemClock }),
    userAddresses: openBroker({ reach: "user-addresses", upstreams: [], allowed, webhookKeys: [] }, {
      clock: systemClock,
    }),
  });
  return { ...egress, [Symbol.asyncDispose]: () => egress.stop() };
}

Deno.test("a turn reaches outside through the node's egress, several calls at once", async () => {
  await using outside = openOutside();
  await using egress = egressTo("127.0.0.0/8");
  await using node = await setup({ egress });
  const committed = node.recorder.next("turn.committed");
  await node.system.tell(courier.at("acme", "j1"), "run", { url: `${outside.url}/status/204`, times: 5 }, {
    fresh: true,
  });
  await committed;
  const job = await node.system.point("acme", jobTables.queries.byId, { id: "j1" });
  assert.deepEqual(JSON.parse(job!.result!), { statuses: [204, 204, 204, 204, 204] });
  assert.deepEqual(node.recorder.of("fetch.ended").map(({ status }) => status), [204, 204, 204, 204, 204]);
});

Deno.test("a turn hears why its call was refused, and no retry follows", async () => {
  await using outside = openOutside();
  await using egress = egressTo();
  await using node = await setup({ egress });
  const given = node.recorder.next("message.dead-lettered");
  await node.system.tell(courier.at("acme", "j1"), "run", { url: outside.url }, { fresh: true });
  const { code, error } = await given;
  assert.deepEqual([code, error], ["address-refused", "The address 127.0.0.1 may not be reached: it is loopback"]);
  assert.deepEqual(outside.seen, []);
});

Deno.test("a cancelled turn's call ends at once, at the other side too", async () => {
  await using outside = openOutside();
  await using egress = egressTo("127.0.0.0/8");
  await using node = await setup({ egress });
  const asked = outside.next("/silent");
  const cancelled = node.recorder.next("turn.cancelled");
  await node.system.tell(courier.at("acme", "j1"), "run", { url: `${outside.url}/silent` }, { fresh: true });
  await asked;
  await node.system.cancel(courier.at("acme", "j1"));
  await cancelled;
  await outside.untilLetGo(1);
});

Deno.test("a node without an egress says so", async () => {
  await using node = await setup();
  const given = node.recorder.next("message.dead-lettered");
  await node.system.tell(courier.at("acme", "j1"), "run", { url: "https://a.example/" }, { fresh: true });
  assert.equal((await given).code, "not-permitted");
});

Deno.test("a node that stops ends the calls under way, at the cost of no attempt", async () => {
  await using outside = openOutside();
  await using egress = egressTo("127.0.0.0/8");
  await using node = await setup({ egress });
  const asked = outside.next("/silent");
  await node.system.tell(courier.at("acme", "j1"), "run", { url: `${outside.url}/silent` }, { fresh: true });
  await asked;
  await node.system.stop({ graceMs: 0 });
  await outside.untilLetGo(1);
  assert.deepEqual(node.recorder.of("message.dead-lettered"), []);
});
