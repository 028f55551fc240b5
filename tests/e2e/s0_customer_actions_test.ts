import assert from "node:assert/strict";
import { bureauDecision, openCreditBureau } from "../../actors/credit_application/simulator/simulator.ts";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import { actOn, handIn, PERSONAL, testCustomers, untilAction } from "../support/customer_actions.ts";
import { startServer } from "../support/running_server.ts";

const CREDIT = { amount: 50_000, currency: "EUR" };
const isOver = ({ status }: { status: string }) => status !== "running";
const all = (total: number, more: object = {}) => ({
  ...{ total, open: 0, succeeded: total, failed: 0, cancelled: 0 },
  ...more,
});

/** Type, payload and result of the jobs that an action has begun. */
function childrenOf(server: { readonly dataDir: string }, batchId: string | null) {
  const sql = "select type, payload, result, status from jobs where batch_id = ? order by id";
  return rowsOf(server, sql, batchId).map(({ type, payload, result, status }) => ({
    type: String(type),
    status: String(status),
    payload: JSON.parse(String(payload)),
    result: result === null ? null : JSON.parse(String(result)),
  }));
}

async function eventsOf(api: Api, last: string) {
  return await api.eventsSince(0, ({ subject, type }) => subject === last && type.startsWith("customer-action."));
}

Deno.test("S0-16 an action gives each customer concerned one letter and one credit application", async () => {
  await using bureau = await openCreditBureau({ seed: 7, faults: { lost: 150, truncated: 100 } });
  await using server = await startServer({ env: { SMTP_URL: "null:", CREDIT_BUREAU_BASE_URL: bureau.url } });
  const api = apiOf(server);
  // More than one commit of the action takes.
  const customers = testCustomers(500);
  assert.equal((await handIn(api, "/api/customers", customers)).accepted, 500);

  const bought = await actOn(api, { id: "wash-1", type: "wash-purchased", customer: "c-000007" });
  assert.deepEqual([bought.audience, bought.id], ["one", "wash-1"]);
  const washed = await untilAction(api, "wash-1", isOver);
  assert.deepEqual([washed.status, washed.customers], ["completed", 1]);
  assert.deepEqual(washed.byType, { "email": all(1), "credit-application": all(1) });
  const children = childrenOf(server, washed.batchId);
  assert.deepEqual(children.map(({ type }) => type).sort(), ["credit-application", "email"]);
  const application = children.find(({ type }) => type === "credit-application")!;
  assert.deepEqual(application.result, { decision: "not-requested", reference: null });
  assert.equal(bureau.calls, 0, "a decision that nobody asked for is made at once");

  const named = ["c-000003", "c-000001", "c-000003", "nobody", "c-000002"];
  await actOn(api, { id: "start-1", type: "membership-started", customers: named, details: { item: "Gold" } });
  const started = await untilAction(api, "start-1", isOver);
  assert.deepEqual([started.status, started.customers, started.audience], ["completed", 3, "many"]);
  const letters = childrenOf(server, started.batchId).filter(({ type }) => type === "email");
  assert.deepEqual(
    letters.map(({ payload }) => [payload.to, payload.template, payload.data.item]),
    [1, 2, 3].map((number) => [customers[number]!.email, "membership-started", "Gold"]),
  );

  await actOn(api, { id: "credit-1", type: "credit-applied-for", customers: "all", credit: CREDIT });
  const applied = await untilAction(api, "credit-1", isOver);
  assert.deepEqual([applied.status, applied.customers, applied.audience], ["completed", 500, "all"]);
  assert.deepEqual(applied.children, all(1_000));
  const decided = childrenOf(server, applied.batchId).filter(({ type }) => type === "credit-application");
  assert.equal(new Set(decided.map(({ payload }) => payload.customerId)).size, 500);
  for (const { payload, result } of decided) {
    assert.equal(result.decision, bureauDecision(`credit-1/${payload.customerId}`));
  }
  assert.equal(bureau.ledger.size, 500, "one application each, whatever became of the answers");
  assert.ok(bureau.calls > 500 && bureau.misuses === 0, `${bureau.calls} calls`);

  const events = await eventsOf(api, "customer-action/credit-1");
  const ends = events.filter(({ type }) => type.startsWith("customer-action."));
  assert.deepEqual(ends.map(({ type, subject }) => `${type} ${subject}`), [
    "customer-action.completed customer-action/wash-1",
    "customer-action.completed customer-action/start-1",
    "customer-action.completed customer-action/credit-1",
  ]);
  assert.doesNotMatch(JSON.stringify(events), PERSONAL);
  assert.doesNotMatch(server.logs().join("\n"), PERSONAL);
  assert.doesNotMatch(JSON.stringify(decided.map(({ result }) => result)), PERSONAL);

  // The same id is the same action, for ever.
  const again = await api.send("POST", "/api/customer-actions", {
    ...{ id: "wash-1", type: "wash-purchased", customer: "c-000007" },
  });
  assert.deepEqual([again.status, await again.json()], [200, washed]);
  const other = await api.send("POST", "/api/customer-actions", {
    id: "wash-1",
    type: "wash-purchased",
    customers: "all",
  });
  assert.equal(other.status, 422);
  assert.match(await other.text(), /another action/);
  const list = await (await api.send("GET", "/api/customer-actions")).json();
  assert.deepEqual(list.items.map(({ id }: { id: string }) => id), ["credit-1", "start-1", "wash-1"]);
  assert.equal(await server.stop(), 0);
});

Deno.test("S0-18 a customer action is work that waits in its queue until somebody takes it, fails and is cancelled as one", async () => {
  await using bureau = await openCreditBureau({ seed: 7, faults: { refused: 1_000 } });
  await using server = await startServer({ env: { SMTP_URL: "null:", CREDIT_BUREAU_BASE_URL: bureau.url } });
  const api = apiOf(server);
  const act = async (path: string) => {
    const answer = await api.send("POST", path);
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${text}`);
  };
  await handIn(api, "/api/customers", testCustomers(500));

  await act("/api/kinds/customer-action/pause");
  await actOn(api, { id: "late", type: "wash-purchased", customer: "c-000001" });
  await actOn(api, { id: "never", type: "wash-purchased", customers: "all" });
  const never = await (await api.send("POST", "/api/customer-actions/never/cancel")).json();
  assert.deepEqual([never.status, never.children.total], ["cancelled", 0], "one that has not begun never will");
  await server.kill();
  await server.restart();
  const waiting = await (await api.send("GET", "/api/customer-actions/late")).json();
  assert.deepEqual([waiting.status, waiting.batchId], ["running", null]);
  await act("/api/kinds/customer-action/resume");
  assert.equal((await untilAction(api, "late", isOver)).status, "completed");

  // Nor does it end before somebody lets it.
  await act("/api/kinds/email/pause");
  await actOn(api, { id: "unended", type: "wash-purchased", customer: "c-000002" });
  await act("/api/kinds/customer-action/pause");
  await act("/api/kinds/email/resume");
  const unended = await untilAction(api, "unended", ({ children }) => children.succeeded === 2);
  const isTold = async () => {
    const batch = await (await api.send("GET", `/api/batches/${unended.batchId}`)).json();
    return batch.endedAt === null ? undefined : true;
  };
  await until("its children's end was told", isTold);
  await server.kill();
  await server.restart();
  assert.equal((await (await api.send("GET", "/api/customer-actions/unended")).json()).status, "running");
  await act("/api/kinds/customer-action/resume");
  assert.equal((await untilAction(api, "unended", isOver)).status, "completed");

  await actOn(api, { id: "refused", type: "credit-applied-for", customers: ["c-000001", "c-000002"], credit: CREDIT });
  const failed = await untilAction(api, "refused", isOver);
  assert.equal(failed.status, "failed");
  assert.deepEqual(failed.byType, {
    "email": all(2),
    "credit-application": all(2, { succeeded: 0, failed: 2 }),
  });

  await act("/api/kinds/email/pause");
  await actOn(api, { id: "stopped", type: "membership-cancelled", customers: "all" });
  const isHalf = ({ byType }: typeof failed) => byType["credit-application"].succeeded === 500;
  assert.equal((await untilAction(api, "stopped", isHalf)).byType.email.open, 500);
  const cancelled = await (await api.send("POST", "/api/customer-actions/stopped/cancel")).json();
  assert.ok(cancelled.cancelling || cancelled.status === "cancelled");
  const stopped = await untilAction(api, "stopped", isOver);
  assert.equal(stopped.status, "cancelled");
  assert.deepEqual(stopped.byType, {
    "email": all(500, { succeeded: 0, cancelled: 500 }),
    "credit-application": all(500),
  });
  await act("/api/customer-actions/stopped/cancel");
  const events = await eventsOf(api, "customer-action/stopped");
  assert.deepEqual(events.filter(({ type }) => type.startsWith("customer-action.")).map(({ type }) => type), [
    "customer-action.cancelled",
    "customer-action.completed",
    "customer-action.completed",
    "customer-action.failed",
    "customer-action.cancelled",
  ]);
  const { items } = await (await api.send("GET", "/api/audit")).json();
  const cancels = items.filter(({ action }: { action: string }) => action === "cancelCustomerAction");
  assert.equal(cancels.length, 2, "what changes nothing leaves no row");
});

Deno.test("S0-17 a stream of customer actions has all its children, and none twice, though the server is killed", async () => {
  await using server = await startServer({ env: { SMTP_URL: "null:" } });
  const customers = testCustomers(200);
  const tenants = ["acme", "globex", "initech"];
  const apis = tenants.map((tenant) => apiOf(server, { tenant }));
  await Promise.all(apis.map((api) => handIn(api, "/api/customers", customers)));
  const lines = Array.from({ length: 600 }, (_, index) => ({
    id: `wash-${index}`,
    type: "wash-purchased",
    customer: customers[index % customers.length]!.id,
  }));
  const wrong = [{ ...lines[0], customer: "nobody" }, { id: "x", type: "wash-purchased", customer: "nobody" }];
  const sending = Promise.allSettled(apis.map((api) => handIn(api, "/api/customer-actions", [...lines, ...wrong])));
  const batches = "select count(*) as count from batches";
  await until("some have begun", () => Promise.resolve(Number(rowsOf(server, batches)[0]!.count) > 200 || undefined));
  await server.kill();
  await sending;
  await server.restart();
  for (const api of apis) {
    const { lines: sent, accepted, repeated, refused, refusals } = await handIn(api, "/api/customer-actions", [
      ...lines,
      ...wrong,
    ]);
    assert.deepEqual([sent, accepted + repeated, refused], [602, 600, 2]);
    assert.deepEqual(refusals.map(({ line }) => line), [601, 602]);
  }
  const open = "select count(*) as count from customer_actions where status = 'running'";
  await until("all are over", () => Promise.resolve(Number(rowsOf(server, open)[0]!.count) === 0 || undefined));
  const counts = rowsOf(
    server,
    `select a.tenant, a.status, count(distinct a.id) as actions, count(*) as children, sum(j.status = 'succeeded') as succeeded
     from customer_actions a join jobs j on j.tenant = a.tenant and j.batch_id = a.batch_id group by 1, 2 order by 1`,
  );
  const expected = { status: "completed", actions: 600, children: 1_200, succeeded: 1_200 };
  assert.deepEqual(counts, tenants.map((tenant) => ({ tenant, ...expected })));
  const each = "select batch_id from jobs group by tenant, batch_id having count(distinct type) <> 2 or count(*) <> 2";
  assert.deepEqual(rowsOf(server, each), []);
});
