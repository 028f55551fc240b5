import assert from "node:assert/strict";
import { openCardSimulator } from "../../actors/order/simulator/simulator.ts";
import { apiOf, until } from "../support/api.ts";
import { ended, order, read, startOrders, untilSwept, upstream } from "../support/card_orders.ts";

Deno.test("an upstream in trouble costs no order, and nobody else", async (t) => {
  await using cards = await openCardSimulator({ retryAfterSeconds: 3, hangMs: 20_000 });
  await using server = await startOrders(cards);
  const api = apiOf(server);

  await t.step("what it asks to wait, all orders wait, of all tenants and over a restart [S3-34]", async () => {
    cards.setFaults({ limited: 1_000 });
    await order(api, "w-1");
    await until("it is waited for", async () => (await upstream(api)).waitUntil ?? undefined);
    cards.setFaults({});
    await order(apiOf(server, { tenant: "acme" }), "w-2");
    await server.restart();
    await order(apiOf(server, { tenant: "beta" }), "w-3");
    for (const [tenant, id] of [["demo", "w-1"], ["acme", "w-2"], ["beta", "w-3"]] as const) {
      assert.equal((await ended(apiOf(server, { tenant }), id)).status, "succeeded");
    }
    assert.deepEqual([cards.early, cards.calls], [0, 4]);
  });

  await t.step("while it hangs orders are accepted and all else is answered [S3-43, S3-46]", async () => {
    cards.setFaults({ hang: 1_000 });
    const ids = Array.from({ length: 12 }, (_, index) => `h-${index}`);
    for (const id of ids) await order(api, id);
    const begunAt = performance.now();
    for (const path of ["/api/orders", "/health", "/api/jobs"]) await read(api, path);
    assert.ok(performance.now() - begunAt < 2_000);
    const job = await api.submit({ type: "report", payload: {} });
    assert.equal((await api.waitFor(job.id, "succeeded")).status, "succeeded");
    await until("the upstream is asked", () => Promise.resolve(cards.calls >= 12 || undefined));
    cards.setFaults({});
    await server.kill();
    await server.restart();
    for (const id of ids) assert.equal((await ended(api, id)).status, "succeeded");
    const keys = Map.groupBy(cards.ledger.values(), ({ requestId }) => requestId);
    assert.ok(ids.every((id) => keys.get(`demo/${id}`)?.length === 1));
  });

  await t.step("its breaker opens, calls end, and orders go on when it is well again [S3-44, S3-45]", async () => {
    cards.setFaults({ serverError: 1_000 });
    const ids = Array.from({ length: 20 }, (_, index) => `b-${index}`);
    for (const id of ids) await order(api, id);
    await until("the breaker is open", async () => (await upstream(api)).breaker === "open" || undefined);
    const calls = cards.calls;
    await untilSwept(server, Date.now());
    assert.ok(cards.calls - calls <= 2, `${cards.calls - calls} calls came through`);
    cards.setFaults({});
    for (const id of ids) assert.equal((await ended(api, id)).status, "succeeded");
  });

  await t.step("how long it takes and how its calls end is measured [S3-37, S3-38, S3-42]", async () => {
    const { latencyMs } = await upstream(api);
    assert.ok(latencyMs >= 0);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /mailroom_upstream[a-z_]*\{[^}]*upstream="card-orders"[^}]*\} [1-9]/);
    assert.match(metrics, /errorClass="server-error"[^}]*\} [1-9]/);
    assert.match(metrics, /mailroom_turns_total\{[^}]*kind="order"[^}]*\} [1-9]/);
    assert.match(metrics, /mailroom_turns_total\{[^}]*kind="order-sweep"[^}]*\} [1-9]/);
  });
});
