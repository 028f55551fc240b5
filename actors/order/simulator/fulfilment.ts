import { createHash } from "node:crypto";
import type { FulfilledOrder } from "./contract.ts";

/** An order with a product of this id is out of stock: it fails, and has an id. */
export const OUT_OF_STOCK = 404_404;
/** A product of this id there is not: orders of it are refused. */
export const NO_PRODUCT = 422_422;

interface Asked {
  readonly requestId: string;
  readonly products: readonly { readonly productId: number; readonly quantity: number }[];
}

/** What was fulfilled, by key. */
export class Fulfilments {
  readonly #prints = new Map<string, string>();
  readonly ledger = new Map<string, FulfilledOrder>();
  misuses = 0;

  /** Fulfils it unless it is. Null: it cannot be, or the key stands for another order. */
  fulfil(key: string, body: string): FulfilledOrder | null {
    const print = createHash("sha256").update(body).digest("hex");
    const known = this.ledger.get(key);
    if (known !== undefined && this.#prints.get(key) !== print) {
      this.misuses++;
      return null;
    }
    const { requestId, products } = JSON.parse(body) as Asked;
    if (products.some(({ productId }) => productId === NO_PRODUCT)) return null;
    const status = products.some(({ productId }) => productId === OUT_OF_STOCK) ? "failed" : "succeeded";
    const fulfilled = { requestId, orderId: orderIdOf(key), status, calls: (known?.calls ?? 0) + 1 } as const;
    this.#prints.set(key, print);
    this.ledger.set(key, fulfilled);
    return fulfilled;
  }
}

/** As the upstream names it. */
export function orderIdOf(key: string): string {
  return `card-${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;
}

/** As it answers: with codes that nobody but the buyer is to see. */
export function answerText({ orderId, status }: FulfilledOrder): string {
  const cards = status === "failed"
    ? []
    : [{ code: `PIN-${orderId.slice(-8).toUpperCase()}`, serial: orderId.slice(-4) }];
  return JSON.stringify({ orderId, status, cards, ...status === "failed" ? { reason: "Out of stock" } : {} });
}
