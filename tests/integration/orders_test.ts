import assert from "node:assert/strict";
import { orderAt } from "../../actors/order/messages.ts";
import type { OrderRow } from "../../actors/order/rows.ts";
import { openCardSimulator } from "../../actors/order/simulator/simulator.ts";
import { SWEEP, sweepMessages, sweepState } from "../../actors/order/sweep_messages.ts";
import { orderTables } from "../../actors/order/tables.ts";
import type { Ref } from "../../runtime/authoring.ts";
import { ENGINES, openParcelNode, type ParcelNode } from "../support/parcel_node.ts";

const TENANTS = ["acme", "beta"];
const { queries, writes, name: tables } = orderTables;
const sweepAt = SWEEP as Ref<typeof sweepMessages>;

/** Orders in the table, and no message for any of them. */
async function lose({ system }: ParcelNode, count: number): Promise<void> {
  for (const tenant of TENANTS) {
    const rows = Array.from({ length: count }, (_, index) => ({
      tables,
      write: writes.created.name,
      args: {
        ...{ requestId: `r-${index}`, id: system.createId(), print: "p", currency: "EUR", amount: 1 },
        ...{ products: JSON.stringify([{ productId: 7, quantity: 1, value: 1 }]), createdBy: "ada" },
        createdAt: system.now(),
      },
    }));
    await system.write(tenant, { rows });
  }
}

const ordersOf = ({ system }: ParcelNode, tenant: string): Promise<readonly OrderRow[]> =>
  system.query(tenant, queries.orders, { limit: 1_000 });

async function allEnded(node: ParcelNode): Promise<boolean> {
  const all = await Promise.all(TENANTS.map((tenant) => ordersOf(node, tenant)));
  return all.flat().every(({ endedAt }) => endedAt !== null);
}

for (const engine of ENGINES) {
  Deno.test(`orders whose messages got lost are fulfilled once each, however often they are swept, on ${engine} (S3-31, S3-50)`, async () => {
    await using cards = await openCardSimulator({ seed: 7, hangMs: 200, faults: { serverError: 100, lost: 100 } });
    await using node = await openParcelNode(engine, { env: { ORDERS_BASE_URL: cards.url } });
    await lose(node, 40);
    for (let sweeps = 0; sweeps < 3; sweeps++) await node.system.tell(sweepAt, "sweep", {});
    // Beside the sweep somebody else sends the same.
    for (const tenant of TENANTS) {
      await node.system.tell(orderAt(tenant, "r-1"), "orderCreated", { requestId: "r-1" });
    }
    await node.restart();
    await node.until(() => allEnded(node));
    await node.system.tell(sweepAt, "sweep", {});
    await node.until(async () => (await node.system.inspect(SWEEP))?.mailboxDepth === 0);
    const { last } = sweepState.parse((await node.system.inspect(SWEEP))!.state);
    assert.deepEqual([last?.looked, last?.found, last?.ended, last?.failed], ["all", 0, 80, 0]);
    const byOrder = Map.groupBy(cards.ledger, ([, { requestId }]) => requestId);
    for (const tenant of TENANTS) {
      for (const { requestId, id, status, externalId } of await ordersOf(node, tenant)) {
        const keys = byOrder.get(`${tenant}/${requestId}`)?.map(([key, { orderId }]) => [key, orderId]);
        assert.deepEqual([status, keys], ["succeeded", [[id, externalId]]], `${tenant}/${requestId}`);
      }
    }
    assert.deepEqual([byOrder.size, cards.misuses], [80, 0]);
  });
}
