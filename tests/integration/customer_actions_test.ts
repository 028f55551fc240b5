import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { actionTables } from "../../actors/customer_action/tables.ts";
import { takeActions } from "../../routes/customer_actions_take.ts";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const DEED = { tenant: "ops", by: "test", rows: [] };
const CHILDREN = ["email", "credit-application"];
const wash = (id: string, more: object = {}) => ({ id, type: "wash-purchased", customer: "c-1", ...more });

async function withCustomers(engine: "sqlite" | "postgres"): Promise<ParcelRoutesRig> {
  const rig = await openParcelRoutes(engine);
  for (const id of ["c-1", "c-2"]) {
    const customer = { id, firstName: "Ann", lastName: id, email: `${id}@customers.example` };
    await rig.ask(201, "POST", "/api/customers", customer);
  }
  for (const kind of CHILDREN) await rig.ask(200, "POST", `/api/kinds/${kind}/pause`);
  return rig;
}

for (const engine of ENGINES) {
  Deno.test(`S0-16 an action of one customer has its children when it is answered (${engine})`, async () => {
    await using rig = await withCustomers(engine);
    const action = await rig.ask(201, "POST", "/api/customer-actions", wash("one"));
    assert.deepEqual([action.status, action.customers, action.audience], ["running", 1, "one"]);
    assert.deepEqual(action.byType.email, { total: 1, open: 1, succeeded: 0, failed: 0, cancelled: 0 });
    assert.deepEqual(action.byType["credit-application"], action.byType.email);
    const batch = await rig.ask(200, "GET", `/api/batches/${action.batchId}`);
    assert.deepEqual([batch.parent, batch.name], [{ kind: "customer-action", key: "one" }, "children"]);
    assert.deepEqual([batch.counts.total, batch.status, batch.createdBy], [2, "running", "anonymous"]);
    const { items } = await rig.ask(200, "GET", batch.jobs);
    assert.deepEqual(items.map(({ type }: { type: string }) => type).sort(), CHILDREN.toSorted());
    assert.deepEqual(await rig.ask(200, "POST", "/api/customer-actions", wash("one")), action, "the same id again");
    assert.equal((await rig.walk("/api/batches", 10)).length, 1);

    await rig.ask(200, "POST", "/api/customer-actions/one/cancel");
    const cancelled = await rig.until("/api/customer-actions/one", ({ status }) => status !== "running");
    assert.deepEqual([cancelled.status, cancelled.children.cancelled], ["cancelled", 2]);
  });

  Deno.test(`S0-18 an action of one customer waits as any other while the turns of actions are held (${engine})`, async () => {
    await using rig = await withCustomers(engine);
    await rig.ask(200, "POST", "/api/kinds/customer-action/pause");
    const held = await rig.ask(201, "POST", "/api/customer-actions", wash("held"));
    assert.deepEqual([held.status, held.batchId, held.customers], ["running", null, 0]);
    const unwanted = await rig.ask(201, "POST", "/api/customer-actions", wash("unwanted", { customer: "c-2" }));
    assert.equal(unwanted.batchId, null);
    const gone = await rig.ask(200, "POST", "/api/customer-actions/unwanted/cancel");
    assert.deepEqual([gone.status, gone.children.total], ["cancelled", 0]);
    assert.deepEqual(await rig.walk("/api/batches", 10), []);
    await rig.ask(200, "POST", "/api/kinds/customer-action/resume");
    const begun = await rig.until("/api/customer-actions/held", ({ batchId }) => batchId !== null);
    assert.deepEqual([begun.customers, begun.children.total], [1, 2]);
    assert.equal((await rig.walk("/api/batches", 10)).length, 1);
  });
}

Deno.test("S0-16 an action's children are the same whether it waited or not", async () => {
  await using rig = await withCustomers("sqlite");
  const order = { ...wash("at-once"), type: "credit-applied-for", credit: { amount: 500, currency: "EUR" } };
  const details = { item: "Gold", day: "1 May" };
  const atOnce = await rig.ask(201, "POST", "/api/customer-actions", { ...order, details });
  await rig.ask(200, "POST", "/api/kinds/customer-action/pause");
  await rig.ask(201, "POST", "/api/customer-actions", { ...order, details, id: "waited" });
  await rig.ask(200, "POST", "/api/kinds/customer-action/resume");
  const waited = await rig.until("/api/customer-actions/waited", ({ batchId }) => batchId !== null);
  using file = new DatabaseSync(rig.path, { readOnly: true });
  const childrenOf = ({ id, batchId }: { id: string; batchId: string }) =>
    file.prepare(
      "select kind, name, payload, sender, priority, max_attempts, timeout_ms from messages where batch = ? order by kind",
    )
      .all(batchId).map(({ payload, sender, ...row }) => ({
        ...row,
        payload: JSON.parse(String(payload).replaceAll(id, "?")),
        by: String(sender).replace(id, "?"),
      }));
  const children = childrenOf(atOnce);
  assert.deepEqual(children, childrenOf(waited));
  const applicant = { name: "Ann c-1", email: "c-1@customers.example" };
  assert.deepEqual(children.map(({ by, payload }) => ({ by, payload })), [
    {
      by: "acme/customer-action/?",
      payload: { actionId: "?", customerId: "c-1", request: { ...order.credit, applicant } },
    },
    {
      by: "acme/customer-action/?",
      payload: { to: applicant.email, template: order.type, data: { ...details, name: applicant.name } },
    },
  ]);
});

Deno.test("S0-18 an action that comes in while its tenant is suspended begins when the tenant goes on", async () => {
  await using rig = await withCustomers("sqlite");
  const { system } = rig;
  await system.tenants.create({ id: "acme", name: "Acme" }, DEED);
  // Requests of a suspended tenant are refused, but for those that were on their way.
  await system.tenants.suspend("acme", DEED);
  const { accepted } = await takeActions(system, "acme", {
    part: [{ line: 1, order: { ...wash("late"), type: "wash-purchased", details: {} } }],
    idOf: () => "late",
    deed: () => ({ by: "ada", rows: [] }),
    admit: () => {},
  });
  assert.equal(accepted, 1);
  const waiting = await system.query("acme", actionTables.queries.action, { id: "late" });
  assert.deepEqual([waiting!.batchId, waiting!.customers], [null, 0]);
  await system.tenants.resume("acme", DEED);
  const begun = await rig.until("/api/customer-actions/late", ({ batchId }) => batchId !== null);
  assert.deepEqual([begun.children.total, (await rig.walk("/api/batches", 10)).length], [2, 1]);
});
