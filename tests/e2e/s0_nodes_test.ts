import assert from "node:assert/strict";
import { bureauDecision, openCreditBureau } from "../../actors/credit_application/simulator/simulator.ts";
import { type Api, apiOf, until } from "../support/api.ts";
import { actOn, handIn, testCustomers, untilAction } from "../support/customer_actions.ts";
import { employeesCsv } from "../support/employee_files.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const CUSTOMERS = testCustomers(200);
const CREDIT = { amount: 50_000, currency: "EUR" };
/** What one node is told is known to the others within seconds, as the README says. */
const WITHIN_MS = 5_000;
const LETTER = { type: "email", payload: { to: "ann@persons.example", subject: "Hello", text: "Hello" } };
const isOver = ({ status }: { status: string }) => status !== "running";
const all = (total: number, more: object = {}) => ({
  ...{ total, open: 0, succeeded: total, failed: 0, cancelled: 0 },
  ...more,
});

Deno.test("two servers on one Postgres work for the tenants together", async (t) => {
  await using database = await testDatabase();
  await using bureau = await openCreditBureau({ seed: 7, faults: { lost: 100, truncated: 50 } });
  await using stack = new AsyncDisposableStack();
  const env = { DATABASE_URL: database.url, SMTP_URL: "null:", CREDIT_BUREAU_BASE_URL: bureau.url, LEASE_MS: "3000" };
  const start = async (NODE: string) => stack.use(await startServer({ env: { ...env, NODE } }));
  const servers = [await start("one"), await start("other")] as const;
  const [one] = servers;
  const as = (tenant: string) => servers.map((server) => apiOf(server, { tenant })) as [Api, Api];
  const count = async (sql: string, ...values: unknown[]) =>
    (await database.query<{ many: number }>(`select count(*) as many ${sql}`, values))[0]!.many;

  const ops = as("system");
  await fill(as("leaver"));
  await act(ops[0], "POST", "/api/tenants", 201, { id: "leaver" });
  assert.ok(await rowsLeft(database.query, "leaver") > 500);
  const { confirm } = await act(ops[1], "DELETE", "/api/tenants/leaver", 409);
  await act(ops[1], "DELETE", `/api/tenants/leaver?confirm=${confirm}`, 202);

  await t.step("who is being deleted is not served by either of them", async () => {
    for (const api of as("leaver")) await refusedSoon(api, "being deleted");
  });

  await t.step(
    "each action has exactly its children, whoever takes it, though one is killed [S0-16, S0-17]",
    async () => {
      const apis = as("acme");
      await handIn(apis[0], "/api/customers", CUSTOMERS);
      const lines = Array.from({ length: 600 }, (_, index) => ({
        id: `wash-${index}`,
        type: "wash-purchased",
        customer: CUSTOMERS[index % CUSTOMERS.length]!.id,
      }));
      const halves = [lines.slice(0, 300), lines.slice(300)];
      const sending = Promise.allSettled(
        apis.map((api, index) => handIn(api, "/api/customer-actions", halves[index]!)),
      );
      await until("some have begun", async () => await count("from batches where tenant = 'acme'") > 100 || undefined);
      await one.kill();
      await sending;
      await actOn(apis[1], { id: "credit", type: "credit-applied-for", customers: "all", credit: CREDIT });
      await one.restart();
      const { accepted, repeated } = await handIn(as("acme")[0], "/api/customer-actions", lines);
      assert.equal(accepted + repeated, lines.length);
      const open = "from customer_actions where tenant = 'acme' and ended_at is null";
      await until("all are over", async () => await count(open) === 0 || undefined);
      const [{ actions, children, succeeded }] = await database.query<Record<string, number>>(
        `select count(distinct a.id) as actions, count(*) as children, sum((j.status = 'succeeded')::int) as succeeded
       from customer_actions a join jobs j on j.tenant = a.tenant and j.batch_id = a.batch_id
       where a.tenant = 'acme' and a.status = 'completed'`,
      ) as [Record<string, number>];
      assert.deepEqual([actions, children, succeeded], [601, 1_600, 1_600]);
      const each = `from (select 1 from jobs j where tenant = 'acme' and type = $1
      group by batch_id, j.payload::json ->> $2 having count(*) <> 1) as twice`;
      assert.equal(await count(each, "email", "to"), 0);
      assert.equal(await count(each, "credit-application", "customerId"), 0);
      const ends = `from events where tenant = 'acme' and type = 'customer-action.completed'`;
      assert.equal(await count(ends), 601, "each end is told once");
      assert.equal(bureau.ledger.size, CUSTOMERS.length, "one application each, whatever became of the answers");
      for (const { reference, decision } of bureau.ledger.values()) assert.equal(decision, bureauDecision(reference));
      const [seen, same] = await Promise.all(
        as("acme").map((api) => act(api, "GET", "/api/customer-actions/credit", 200)),
      );
      assert.deepEqual([seen.byType, same], [{ "email": all(200), "credit-application": all(200) }, seen]);
    },
  );

  await t.step("an action fails and is cancelled as one, at whichever of them", async () => {
    const [here, there] = as("globex");
    await handIn(here, "/api/customers", CUSTOMERS);
    bureau.setFaults({ refused: 1_000 });
    await actOn(here, { id: "bad", type: "credit-applied-for", customers: ["c-000001", "c-000002"], credit: CREDIT });
    const failed = await untilAction(there, "bad", isOver);
    assert.deepEqual([failed.status, failed.byType["credit-application"].failed, failed.byType.email], [
      "failed",
      2,
      all(2),
    ]);
    await act(here, "POST", "/api/kinds/email/pause", 200);
    await until("the other knows of it", async () => {
      const { items } = await act(there, "GET", "/api/kinds", 200);
      return items.find(({ name }: { name: string }) => name === "email").paused ?? undefined;
    });
    await actOn(there, { id: "stopped", type: "membership-cancelled", customers: "all" });
    await untilAction(here, "stopped", ({ byType }) => byType["credit-application"].succeeded === 200);
    await act(here, "POST", "/api/customer-actions/stopped/cancel", 200);
    const stopped = await untilAction(there, "stopped", isOver);
    const { children: { succeeded, cancelled }, batchId } = stopped;
    assert.deepEqual([stopped.status, succeeded, cancelled], ["cancelled", 200, 200]);
    for (const api of [here, there]) {
      const batch = await act(api, "GET", `/api/batches/${batchId}`, 200);
      assert.deepEqual([batch.status, batch.counts], ["cancelled", all(400, { succeeded: 200, cancelled: 200 })]);
    }
  });

  await t.step("a suspended tenant's work pauses at both, which serve it no more, until it is resumed", async () => {
    const [here, there] = as("north");
    await act(ops[0], "POST", "/api/tenants", 201, { id: "north" });
    await handIn(here, "/api/customers", CUSTOMERS);
    const actions = Array.from({ length: 20 }, (_, id) => ({ id: `${id}`, type: "wash-purchased", customers: "all" }));
    await handIn(there, "/api/customer-actions", actions);
    await until("both work for it", () => Promise.resolve(servers.every(worksFor("north")) || undefined));
    await act(ops[0], "POST", "/api/tenants/north/suspend", 200);
    const suspendedAt = performance.now();
    await refusedSoon(here, "suspended");
    await refusedSoon(there, "suspended");
    const done = () => count("from jobs where tenant = 'north' and batch_id is not null and status = 'succeeded'");
    const paused = await until("nothing of it runs", async () => {
      const before = await done();
      // Whoever would still start something does so before the work of others that comes later.
      await Promise.all(as("south").map(sendLetter));
      return await done() === before ? before : undefined;
    });
    assert.ok(performance.now() - suspendedAt < WITHIN_MS, "it pauses within seconds");
    const open = await count("from messages where tenant = 'north'");
    assert.ok(paused < 8_000 && open > 0, `${paused} were done before it was suspended`);
    assert.equal((await act(ops[1], "GET", "/api/tenants/north", 200)).status, "suspended");

    await act(ops[1], "POST", "/api/tenants/north/resume", 200);
    for (const api of [here, there]) await servedSoon(api);
    await until("all is done", async () => await count("from messages where tenant = 'north'") === 0 || undefined);
    assert.equal(await done(), 8_000);
  });

  await t.step("nothing is left of the tenant that was deleted, and all of the others", async () => {
    for (const api of ops) {
      await until("it is gone", async () => {
        const answer = await api.send("GET", "/api/tenants/leaver");
        await answer.body?.cancel();
        return answer.status === 404 || undefined;
      });
    }
    assert.equal(await rowsLeft(database.query, "leaver"), 0);
    assert.equal(await count("from customers where tenant = 'acme'"), 200);
    for (const server of servers) assert.deepEqual(server.logs().filter((line) => line.includes('"fatal"')), []);
  });
});

// deno-lint-ignore no-explicit-any -- each path has an answer of its own
async function act({ send }: Api, method: string, path: string, status: number, body?: unknown): Promise<any> {
  const answer = await send(method, path, body);
  const text = await answer.text();
  assert.equal(answer.status, status, `${method} ${path}: ${text}`);
  return JSON.parse(text);
}

/** Things of every sort that a tenant may have, some of them on their way. */
async function fill([here, there]: readonly [Api, Api]): Promise<void> {
  const csv = { "content-type": "text/csv" };
  await handIn(here, "/api/customers", CUSTOMERS);
  const employees = employeesCsv(Array.from({ length: 200 }, (_, index) => ({ number: `E-${index}` })));
  const made = [
    await there.send("POST", "/api/employee-uploads", employees, csv),
    await here.send("POST", "/api/jobs/import?dataset=people", "id,name\n1,Ann\n", csv),
    await there.send("POST", "/api/jobs", { ...LETTER, delayMs: 3_600_000 }, { "idempotency-key": "later" }),
    await here.send("POST", "/api/schedules", { name: "often", everyMs: 1_000, target: LETTER }),
  ];
  for (const answer of made) assert.equal(answer.status, 201, await answer.text());
  await untilAction(there, (await actOn(here, { type: "wash-purchased", customers: "all" })).id, isOver);
  await actOn(there, { type: "membership-started", customers: "all" });
}

/** Whether a node has ended turns of the tenant, as far as its log reaches back. */
function worksFor(tenant: string): (server: RunningServer) => boolean {
  return (server) =>
    server.logs().map((line) => JSON.parse(line)).some((line) =>
      line.message === "turn committed" && line.tenant === tenant
    );
}

async function refusedSoon(api: Api, why: string): Promise<void> {
  const begunAt = performance.now();
  const problem = await until("the tenant is not served", async () => {
    const answer = await api.send("POST", "/api/jobs", LETTER);
    const text = await answer.text();
    return answer.status === 403 ? JSON.parse(text) : undefined;
  });
  assert.equal(problem.type, "urn:mailroom:problem:tenant-suspended");
  assert.ok(problem.detail.includes(why), problem.detail);
  assert.ok(performance.now() - begunAt < WITHIN_MS, "it is refused within seconds");
}

/** Where the machine is busy Postgres may be away for a moment. */
async function sendLetter(api: Api): Promise<void> {
  const { id } = await until("a letter is taken", async () => {
    const answer = await api.send("POST", "/api/jobs", LETTER);
    const text = await answer.text();
    return answer.status === 201 ? JSON.parse(text) : undefined;
  });
  await api.waitFor(id, "succeeded");
}

async function servedSoon(api: Api): Promise<void> {
  await until("the tenant is served", async () => {
    const answer = await api.send("POST", "/api/customers", CUSTOMERS[0]);
    await answer.body?.cancel();
    return answer.ok || undefined;
  });
}

/** Rows of the tenant in all tables. */
async function rowsLeft(query: TestDatabase["query"], tenant: string): Promise<number> {
  const tables = await query<{ name: string }>(
    `select c.table_name as name from information_schema.columns c join information_schema.tables t using (table_name)
     where c.table_schema = 'public' and c.column_name = 'tenant' and t.table_type = 'BASE TABLE'`,
  );
  const each = tables.map(({ name }) => `(select count(*) from "${name}" where tenant = $1)`);
  const [row] = await query<{ many: number }>(`select ${each.join(" + ")} as many`, [tenant]);
  return row!.many;
}
