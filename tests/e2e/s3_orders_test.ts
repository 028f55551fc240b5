import assert from "node:assert/strict";
import { openCardSimulator } from "../../actors/order/simulator/simulator.ts";
import { NO_PRODUCT, OUT_OF_STOCK } from "../../actors/order/simulator/fulfilment.ts";
import { apiOf, rowsOf, statusOf, until } from "../support/api.ts";
import {
  ended,
  fulfilled,
  lose,
  order,
  orderOf,
  ordersCheck,
  read,
  remove,
  startOrders,
  SWEEP_MS,
  sweeps,
  untilSwept,
} from "../support/card_orders.ts";

const DAY_MS = 86_400_000;
const CODE = /PIN-/;

Deno.test("an order of cards is accepted, fulfilled and told of", async (t) => {
  await using cards = await openCardSimulator();
  await using server = await startOrders(cards);
  const api = apiOf(server);

  await t.step("from its acceptance to its end, event by event [S3-30, S3-33]", async () => {
    const answer = await api.send("POST", "/api/orders", orderOf("r-1"));
    const accepted = await answer.json();
    assert.deepEqual([answer.status, answer.headers.get("location")], [201, "/api/orders/r-1"]);
    assert.deepEqual([accepted.status, accepted.amount, accepted.externalId], ["pending", 5_000, null]);
    const told = await api.eventsSince(0, ({ type }) => type === "order.succeeded");
    assert.deepEqual(told.filter(({ subject }) => subject === "order/r-1").map(({ type }) => type), [
      ...["order.created", "order.submitted", "order.succeeded"],
    ]);
    const [[key, fulfilled]] = cards.ledger as unknown as [[string, { orderId: string; requestId: string }]];
    assert.equal(fulfilled.requestId, "demo/r-1");
    const order = await read(api, "/api/orders/r-1");
    assert.deepEqual([order.status, order.externalId], ["succeeded", fulfilled.orderId]);
    assert.deepEqual(rowsOf(server, "select id from orders"), [{ id: key }]);
  });

  await t.step("the same requestId is the same order, and with other contents it is refused [S3-32]", async () => {
    const calls = cards.calls;
    const again = await api.send("POST", "/api/orders", orderOf("r-1"));
    assert.deepEqual([again.status, (await again.json()).status], [200, "succeeded"]);
    const other = await api.send("POST", "/api/orders", orderOf("r-1", 8));
    assert.equal(other.status, 422);
    assert.match((await other.json()).detail, /r-1 is that of another order/);
    const many = await Promise.all(Array.from({ length: 12 }, () => api.send("POST", "/api/orders", orderOf("r-2"))));
    const statuses = await Promise.all(many.map(async (answer) => (await answer.text(), answer.status)));
    assert.deepEqual(statuses.toSorted(), [...Array(11).fill(200), 201]);
    await ended(api, "r-2");
    assert.deepEqual([cards.ledger.size, cards.calls], [2, calls + 1]);
  });

  await t.step("tenants are walls, and each may have a requestId for itself", async () => {
    const other = apiOf(server, { tenant: "acme" });
    assert.equal(await statusOf(other.send("GET", "/api/orders/r-1")), 404);
    assert.equal(await statusOf(other.send("POST", "/api/orders", orderOf("r-1", 8))), 201);
    await ended(other, "r-1");
    assert.deepEqual((await read(other, "/api/orders")).items.length, 1);
  });

  await t.step("what the upstream refuses or cannot deliver has failed, with the reason [S3-37]", async () => {
    await order(api, "r-3", OUT_OF_STOCK);
    await order(api, "r-4", NO_PRODUCT);
    const [failed, refused] = [await ended(api, "r-3"), await ended(api, "r-4")];
    assert.deepEqual([failed.status, failed.reason, failed.externalId !== null], ["failed", "Out of stock", true]);
    assert.deepEqual([refused.status, refused.reason, refused.externalId], [
      ...["failed", "The card upstream answered 422", null],
    ]);
  });

  await t.step("orders are listed newest first, by status and time and by pages", async () => {
    const all = await read(api, "/api/orders?limit=2");
    const rest = await read(api, `/api/orders?limit=2&cursor=${all.nextCursor}`);
    const ids = [...all.items, ...rest.items].map(({ requestId }: { requestId: string }) => requestId);
    assert.deepEqual([ids, rest.nextCursor], [["r-4", "r-3", "r-2", "r-1"], null]);
    assert.equal((await read(api, "/api/orders?status=failed")).items.length, 2);
    const first = (await read(api, "/api/orders/r-1")).createdAt;
    assert.deepEqual((await read(api, `/api/orders?until=${first}`)).items, []);
    assert.equal((await read(api, `/api/orders?from=${first}`)).items.length, 4);
    assert.equal(await statusOf(api.send("GET", "/api/orders?status=open")), 422);
  });

  await t.step("no code of a card is kept, logged or told [S3-53]", async () => {
    assert.match(JSON.stringify(await (await fetch(`${cards.url}/ledger`)).json()), /card-/);
    assert.doesNotMatch(server.logs().join("\n"), CODE);
    const kept = ["orders", "events", "messages", "dead_letters"]
      .flatMap((table) => rowsOf(server, `select * from ${table}`));
    assert.ok(kept.length > 10);
    assert.doesNotMatch(JSON.stringify(kept), CODE);
  });
});

Deno.test("the sweep finds orders whose fulfilment got lost", async (t) => {
  await using cards = await openCardSimulator();
  await using server = await startOrders(cards);
  const now = Date.now();

  await t.step(
    "those of the last 24 hours, of all tenants, and no others [S3-24, S3-25, S3-27, S3-28, S3-29]",
    async () => {
      await untilSwept(server, 0);
      lose(server, [
        { tenant: "acme", requestId: "r-1", createdAt: now - 1_000 },
        { tenant: "beta", requestId: "r-1", createdAt: now - DAY_MS + 60_000, status: "submitted" },
        // No actor can have this key: whoever put it there stops none of the others.
        { tenant: "acme", requestId: "no key", createdAt: now - 2_000 },
        { tenant: "acme", requestId: "done", createdAt: now, status: "succeeded", endedAt: now },
        { tenant: "acme", requestId: "lost", createdAt: now, status: "failed", endedAt: now },
        { tenant: "acme", requestId: "old", createdAt: now - DAY_MS - 60_000 },
      ]);
      for (const tenant of ["acme", "beta"]) {
        assert.equal((await ended(apiOf(server, { tenant }), "r-1")).status, "succeeded");
      }
      const [{ data }] = sweeps(server);
      assert.deepEqual([data.looked, data.found, data.sent, data.refused], ["recent", 3, 2, 1]);
      assert.deepEqual(fulfilled(cards), ["acme/r-1", "beta/r-1"]);
    },
  );

  await t.step("an order that cannot be sent to fails the health check until it is mended [S3-40, S3-49]", async () => {
    const failed = await until("the check fails", async () => {
      const check = await ordersCheck(server);
      return check?.status === "failed" ? check : undefined;
    });
    assert.match(failed.detail, /1 orders could not be sent again/);
    remove(server, "no key");
  });

  await t.step("all of them, when there are none of the last 24 hours [S3-26, S3-31]", async () => {
    assert.equal((await ended(apiOf(server, { tenant: "acme" }), "old")).status, "succeeded");
    assert.deepEqual(fulfilled(cards), ["acme/old", "acme/r-1", "beta/r-1"]);
    assert.ok(sweeps(server).some(({ data }) => data.looked === "all" && data.sent === 1));
  });

  await t.step("by its schedule, again and again, over a restart [S3-23, S3-48]", async () => {
    const [row] = rowsOf(server, "select every_ms, tenant from schedules where name = 'order-sweep'");
    assert.deepEqual(row, { every_ms: SWEEP_MS, tenant: "system" });
    await server.restart();
    lose(server, [{ tenant: "acme", requestId: "r-9", createdAt: now }]);
    assert.equal((await ended(apiOf(server, { tenant: "acme" }), "r-9")).status, "succeeded");
  });

  await t.step("what it found and when it ran is known [S3-36, S3-39, S3-41]", async () => {
    const [state] = rowsOf(server, "select state from actors where kind = 'order-sweep'");
    const { last } = JSON.parse(String(state!["state"]));
    assert.ok(Date.now() - last.at < 10 * SWEEP_MS && last.durationMs >= 0);
    await until("the check is well", async () => (await ordersCheck(server))?.status === "ok" || undefined);
    assert.ok(server.logs().some((line) => line.includes("orders swept") && line.includes("order-sweep")));
  });

  await t.step("nothing is asked for twice, however often it sweeps, at once too [S3-32, S3-50]", async () => {
    const system = apiOf(server, { tenant: "system" });
    await Promise.all(Array.from({ length: 5 }, async () => {
      await (await system.send("POST", "/api/schedules/order-sweep/run")).body?.cancel();
    }));
    const since = Date.now();
    await untilSwept(server, since);
    assert.ok([...cards.ledger.values()].every(({ calls }) => calls === 1));
    assert.equal(cards.calls, cards.ledger.size);
  });
});
