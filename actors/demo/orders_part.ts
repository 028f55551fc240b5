import type { Clock } from "../../runtime/core/clock.ts";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import type { CardFaults } from "../order/simulator/contract.ts";
import { NO_PRODUCT, OUT_OF_STOCK } from "../order/simulator/fulfilment.ts";
import { openCardSimulator } from "../order/simulator/simulator.ts";
import { type Again, again } from "./again.ts";
import { json } from "./demo_api.ts";
import type { DemoPart } from "./part.ts";
import { anyOf } from "./people.ts";

const SEED = 54;
const PAUSE_MS = 1_500;
const HANG_MS = 5_000;
const MILD: CardFaults = { serverError: 60, limited: 10, lost: 20, truncated: 20, html: 10, hang: 5 };
const PRODUCTS = [100_101, 100_102, 100_103, 100_104, 100_105, 100_106, OUT_OF_STOCK, NO_PRODUCT];

/** Cards that the tenants order, and who fulfils them, each once however often it fails. */
export async function openOrders(
  clock: Clock,
  { tenants, onError }: { readonly tenants: readonly string[]; readonly onError: Again["onError"] },
): Promise<DemoPart> {
  const cards = await openCardSimulator({ seed: SEED, faults: MILD, hangMs: HANG_MS }, { clock });
  const random = seededRandom(SEED);
  return {
    env: { ORDERS_BASE_URL: cards.url },
    begin(api) {
      const order = (count: number) =>
        api.post(tenants[count % tenants.length]!, "/api/orders", json(orderOf(random, count)));
      return Promise.resolve(again(order, { clock, pauseMs: () => PAUSE_MS, onError }));
    },
    lines: (url) => [
      `Orders, and those that failed: curl -s '${url}/api/orders?tenant=${tenants[0]}&status=failed&limit=3'`,
      `What has been fulfilled, and how often it was asked: curl -s '${cards.url}/ledger'`,
    ],
    [Symbol.asyncDispose]: () => cards[Symbol.asyncDispose](),
  };
}

function orderOf(random: Random, count: number): object {
  const products = Array.from({ length: 1 + count % 2 }, () => ({
    productId: anyOf(random, PRODUCTS),
    quantity: 1 + Math.floor(random.next() * 4),
    value: 500 * (1 + Math.floor(random.next() * 20)),
  }));
  return { requestId: `demo-${count}`, currency: "EUR", products };
}
