import type { CardFaults, CardSimulator } from "../../actors/order/simulator/contract.ts";
import { openCardSimulator } from "../../actors/order/simulator/simulator.ts";
import { apiOf } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { judgeKilledOrders, judgeOrders, openOrders } from "./order_judge.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

export interface OrderSize {
  /** Of all tenants together. */
  readonly orders?: number;
  readonly tenants?: number;
  /** How long a life lasts at most. */
  readonly lifeMs?: number;
}

/** Of 1,000 calls; beside these it loses some of its answers. */
const FAULTS: CardFaults = { serverError: 200, hang: 20, lost: 20, truncated: 10 };
const HANG_MS = 2_000;
const SENDERS = 8;
const LIFELESS_MS = 10_000;
const PATIENCE_MS = 240_000;

/** Orders are handed in until each is answered, and fulfilled by an upstream in trouble, while the server is killed. */
export function orderRounds({ orders = 5_000, tenants = 5, lifeMs = 5_000 }: OrderSize = {}): Campaign {
  return {
    name: "orders",
    shows:
      "each order that was accepted is fulfilled exactly once, whatever the upstream does and whenever it dies [S3-31]",
    rounds: 10,
    run: (course) => run(course, { orders, tenants, lifeMs }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<OrderSize>): Promise<Result> {
  const findings = new Findings();
  const seed = Math.floor(random.next() * 2 ** 31);
  await using cards = await openCardSimulator({ seed, hangMs: HANG_MS, faults: FAULTS });
  const env = { ORDERS_BASE_URL: cards.url, ORDERS_SWEEP_MS: "1000", LOG_LEVEL: "info", EVENTS_KEPT: "10000000" };
  await using server = await startServer({ env });
  const sent = Array.from({ length: size.orders }, (_, index) => ({
    tenant: `tenant-${index % size.tenants}`,
    requestId: `r-${index}`,
  }));
  const accepted = new Set<string>();
  const begunAt = performance.now();
  const sending = sendAll(server, sent, accepted);
  let slowestReadyMs = 0;
  for (let round = 1; round <= rounds; round++) {
    await untilCalled(cards);
    await pause(between(random, 0, size.lifeMs));
    await server.kill();
    const known = new Set(accepted);
    {
      using db = openFile(server);
      judgeKilledOrders(db, { accepted: known, cards }, findings);
    }
    const killedAt = performance.now();
    await server.restart();
    slowestReadyMs = Math.max(slowestReadyMs, Math.round(performance.now() - killedAt));
    tell(`killed, ${known.size} accepted, ${cards.ledger.size} fulfilled`);
  }
  await sending;
  await settled(server, cards);
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  await server.stop();
  using db = openFile(server);
  judgeOrders(db, { sent, cards }, findings);
  return {
    findings: findings.all,
    figures: { orders: size.orders, calls: cards.calls, slowestReadyMs, seconds },
  };
}

/** Each until it is answered; a repeat is the same order. */
async function sendAll(
  server: { readonly url: string },
  orders: readonly { readonly tenant: string; readonly requestId: string }[],
  accepted: Set<string>,
): Promise<void> {
  const left = [...orders];
  const products = [{ productId: 7, quantity: 1, value: 1_000 }];
  await Promise.all(Array.from({ length: SENDERS }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { tenant, requestId } = next;
      const { send } = apiOf(server, { tenant });
      for (const begunAt = performance.now();;) {
        const answer = await send("POST", "/api/orders", { requestId, currency: "EUR", products }).catch(() => null);
        await answer?.body?.cancel().catch(() => {});
        if (answer?.ok) break;
        if (performance.now() - begunAt > PATIENCE_MS) throw new Error("The server does not answer any more");
        await pause(50);
      }
      accepted.add(`${tenant}/${requestId}`);
    }
  }));
}

/** So that every life has done something; what is fulfilled already is not asked for. */
async function untilCalled(cards: CardSimulator): Promise<void> {
  const before = cards.calls;
  for (const begunAt = performance.now(); cards.calls === before; await pause(20)) {
    if (performance.now() - begunAt > LIFELESS_MS) return;
  }
}

/** When the upstream is well again, what is left is fulfilled. */
async function settled(server: Parameters<typeof openFile>[0], cards: CardSimulator): Promise<void> {
  for (const begunAt = performance.now(); performance.now() - begunAt < PATIENCE_MS; await pause(100)) {
    using db = openFile(server);
    const open = openOrders(db);
    if (open === 0) return;
    if (performance.now() - begunAt > PATIENCE_MS / 2) cards.setFaults({});
  }
}
