import assert from "node:assert/strict";
import type { NodeRole } from "../../runtime/mod.ts";
import { problemIn, setupApp } from "../support/test_app.ts";

Deno.test("GET /api/nodes tells of the one node of SQLite, which can be drained and undrained", async () => {
  const { get, post } = setupApp();
  const listed = await (await get("/api/nodes")).json();
  assert.deepEqual(listed, {
    items: [{
      name: "main",
      role: "all",
      generation: 1,
      startedAt: "2026-11-22T12:00:00.000Z",
      leaseUntil: null,
      drained: false,
      running: 0,
      waiting: 0,
      owned: null,
    }],
    nextCursor: null,
  });
  for (const [verb, drained] of [["drain", true], ["drain", true], ["undrain", false]] as const) {
    const response = await post(`/api/nodes/main/${verb}`);
    assert.equal(response.status, 200);
    assert.equal((await response.json()).drained, drained);
  }
  await problemIn(await post("/api/nodes/nobody/drain"), 404);
});

const EVERYTHING = ["/api/jobs", "/api/nodes", "/docs", "/", "/api/session", "/sign-in", "/health", "/health/ready"];
const ANSWERED: Readonly<Record<NodeRole, readonly string[]>> = {
  all: EVERYTHING,
  http: EVERYTHING,
  worker: ["/health", "/health/ready"],
  notifications: ["/api/session", "/sign-in", "/health", "/health/ready"],
};

for (const [role, answered] of Object.entries(ANSWERED) as [NodeRole, readonly string[]][]) {
  Deno.test(`a node of the role ${role} answers what it is for, and says of the rest that it is another's`, async () => {
    const { get, post } = setupApp({ role });
    for (const path of EVERYTHING) {
      const response = await get(path);
      if (answered.includes(path)) assert.ok(response.ok, `${path}: ${response.status}`);
      else assert.match((await problemIn(response, 404)).detail!, /^This node has the role /);
      await response.body?.cancel().catch(() => {});
    }
    assert.equal((await get("/metrics")).status, 200);
    const ticket = await post("/api/v1/notifications/tickets");
    assert.equal(ticket.status === 404, role === "worker");
    await ticket.body?.cancel();
  });
}
