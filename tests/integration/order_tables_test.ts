import assert from "node:assert/strict";
import { registry } from "../../actors/mod.ts";
import type { OrdersPage, Unanswered, UnansweredPage } from "../../actors/order/queries.ts";
import type { OrderRow } from "../../actors/order/rows.ts";
import { orderTables } from "../../actors/order/tables.ts";
import { explained } from "../support/explained.ts";
import { manyOrders } from "../support/orders.ts";
import { type Engine, type TwoEngines, twoEngines } from "../support/two_engines.ts";

const { writes, queries } = orderTables;
const NEW = {
  ...{ print: "p", products: "[]", currency: "EUR", amount: 1, createdBy: "ada", createdAt: 100, id: "id" },
};

async function onBoth(check: (engine: Engine, both: TwoEngines) => Promise<void>): Promise<void> {
  await using both = await twoEngines(registry);
  for (const engine of both.engines) await check(engine, both);
}

const create = (engine: Engine, tenant: string, requestId: string, createdAt = 100) =>
  engine.write(writes.created as never, [{ ...NEW, tenant, requestId, createdAt }]);
const submit = (engine: Engine, requestId: string) =>
  engine.write(writes.submitted as never, [{ tenant: "acme", requestId, at: 200 }]);
const end = (engine: Engine, requestId: string, externalId: string | null = "card-1") =>
  engine.write(writes.ended as never, [{
    ...{ tenant: "acme", requestId, status: externalId === null ? "failed" : "succeeded", externalId },
    ...{ reason: null, at: 300 },
  }]);
const unanswered = async (engine: Engine, args: UnansweredPage) =>
  (await engine.ask(queries.unanswered as never, { tenant: "system", ...args }) as readonly Unanswered[])
    .map(({ tenant, requestId }) => `${tenant}/${requestId}`);
const page = async (engine: Engine, args: OrdersPage) =>
  (await engine.ask(queries.orders as never, { tenant: "acme", ...args }) as readonly OrderRow[])
    .map(({ requestId }) => requestId);

Deno.test("an order is accepted once, submitted once and ends once, on both engines (S3-32)", () =>
  onBoth(async (engine) => {
    await create(engine, "acme", "r-1");
    await assert.rejects(create(engine, "acme", "r-1"), engine.name);
    await create(engine, "beta", "r-1");
    assert.deepEqual([await submit(engine, "r-1"), await submit(engine, "r-1")], [1, 0], engine.name);
    assert.deepEqual([await end(engine, "r-1"), await end(engine, "r-1", null)], [1, 0], engine.name);
    const row = await engine.ask(queries.order as never, { tenant: "acme", requestId: "r-1" }) as OrderRow;
    assert.deepEqual([row.status, row.externalId, row.submittedAt, row.endedAt], ["succeeded", "card-1", 200, 300]);
  }));

Deno.test("what is not answered is found over all tenants, oldest first, by pages and from an instant on (S3-24, S3-25)", () =>
  onBoth(async (engine) => {
    for (const [index, tenant] of ["acme", "beta", "acme", "beta", "acme"].entries()) {
      await create(engine, tenant, `r-${index}`, 100 + Math.floor(index / 2));
    }
    for (const [requestId, externalId] of [["r-2", "card-1"], ["r-4", null]] as const) {
      await submit(engine, requestId);
      await end(engine, requestId, externalId);
    }
    await submit(engine, "r-0");
    assert.deepEqual(await unanswered(engine, { from: 0, limit: 9 }), ["acme/r-0", "beta/r-1", "beta/r-3"]);
    assert.deepEqual(await unanswered(engine, { from: 101, limit: 9 }), ["beta/r-3"]);
    const after = { createdAt: 100, tenant: "acme", requestId: "r-0" };
    assert.deepEqual(await unanswered(engine, { from: 0, limit: 1, after }), ["beta/r-1"]);
    const endings = await engine.ask(queries.endings as never, { tenant: "system", from: 300 });
    assert.deepEqual(endings, { ended: 2, failed: 1 }, engine.name);
    assert.deepEqual(await engine.ask(queries.endings as never, { tenant: "system", from: 301 }), {
      ...{ ended: 0, failed: 0 },
    });
  }));

Deno.test("orders are listed newest first, by status and between instants, and by pages, on both engines", () =>
  onBoth(async (engine) => {
    for (let index = 0; index < 6; index++) await create(engine, "acme", `r-${index}`, 100 + Math.floor(index / 2));
    await create(engine, "beta", "other", 101);
    for (const requestId of ["r-1", "r-3"]) await submit(engine, requestId);
    assert.deepEqual(await page(engine, { limit: 9 }), ["r-5", "r-4", "r-3", "r-2", "r-1", "r-0"]);
    const before = { createdAt: 101, requestId: "r-3" };
    assert.deepEqual(await page(engine, { limit: 2, before }), ["r-2", "r-1"]);
    assert.deepEqual(await page(engine, { limit: 9, status: "submitted" }), ["r-3", "r-1"]);
    assert.deepEqual(await page(engine, { limit: 9, status: "submitted", before }), ["r-1"]);
    assert.deepEqual(await page(engine, { limit: 9, from: 101, until: 102 }), ["r-3", "r-2"]);
  }));

Deno.test("a sweep looks at what is open and at nothing that has ended, on both engines (S3-51)", async () => {
  await using both = await twoEngines(registry);
  const [sqlite, postgres] = both.engines;
  for (const engine of both.engines) await manyOrders(engine, { finished: 20_000, pending: 300, at: 1_000_000 });
  await postgres.run("analyze orders");
  for (const query of ["unanswered", "endings"] as const) {
    const args = query === "endings" ? { from: 1 } : { from: 1, limit: 500 };
    for (const engine of both.engines) await engine.ask(queries[query] as never, { tenant: "system", ...args });
    const asked = both.asked.at(-1)!;
    const { scans, rows } = await explained(both.postgres, asked);
    assert.deepEqual(scans, [query === "endings" ? "orders_ended" : "orders_unanswered"], query);
    assert.ok(rows <= 1_000, `Postgres has looked at ${rows} rows for ${query}`);
  }
  const where = "ended_at is null and external_id is null and created_at >= 1";
  const plan = await sqlite.run(`explain query plan select tenant from orders indexed by orders_unanswered
    where ${where} order by created_at, tenant, request_id limit 500`);
  assert.match(JSON.stringify(plan), /USING (COVERING )?INDEX orders_unanswered/);
  assert.doesNotMatch(JSON.stringify(plan), /TEMP B-TREE/);
  const ended = await sqlite.run(
    "explain query plan select status from orders where ended_at is not null and ended_at >= 1 order by ended_at desc limit 9",
  );
  assert.match(JSON.stringify(ended), /USING COVERING INDEX orders_ended/);
});
