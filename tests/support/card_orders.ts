import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { CardSimulator } from "../../actors/order/simulator/contract.ts";
import { type Api, apiOf, rowsOf, until } from "./api.ts";
import { type RunningServer, startServer } from "./running_server.ts";

export const SWEEP_MS = 1_000;

/** What a client hands in. */
export const orderOf = (requestId: string, productId = 7): object => ({
  requestId,
  currency: "EUR",
  products: [{ productId, quantity: 2, value: 2_500 }],
});

/** A server whose orders go to this upstream, and that sweeps every second. */
export function startOrders(cards: Pick<CardSimulator, "url">): Promise<RunningServer> {
  return startServer({ env: { ORDERS_BASE_URL: cards.url, ORDERS_SWEEP_MS: `${SWEEP_MS}` } });
}

/** @throws {Error} unless it is answered 200 */
// deno-lint-ignore no-explicit-any -- each path has an answer of its own
export async function read(api: Api, path: string): Promise<any> {
  const answer = await api.send("GET", path);
  assert.equal(answer.status, 200, path);
  return await answer.json();
}

/** @throws {Error} unless it is new */
export async function order(api: Api, requestId: string, productId = 7): Promise<void> {
  const answer = await api.send("POST", "/api/orders", orderOf(requestId, productId));
  assert.equal(answer.status, 201, await answer.text());
}

/** The order once it has ended. */
// deno-lint-ignore no-explicit-any -- as above
export function ended(api: Api, requestId: string): Promise<any> {
  return until(`${requestId} has ended`, async () => {
    const order = await read(api, `/api/orders/${requestId}`);
    return order.endedAt === null ? undefined : order;
  });
}

/** How the card upstream is, as the server sees it. */
// deno-lint-ignore no-explicit-any -- as above
export async function upstream(api: Api): Promise<any> {
  const { upstreams } = await read(api, "/health");
  return upstreams.find(({ name }: { name: string }) => name === "card-orders");
}

/** What the health says of orders; undefined before the first sweep. */
// deno-lint-ignore no-explicit-any -- as above
export async function ordersCheck(server: RunningServer): Promise<any> {
  const { checks } = await read(apiOf(server), "/health");
  return checks.find(({ name }: { name: string }) => name === "orders");
}

/** Sweeps that found something, in their order. */
// deno-lint-ignore no-explicit-any -- as above
export function sweeps(server: RunningServer): any[] {
  const rows = rowsOf(
    server,
    "select data from events where tenant = 'system' and type = 'order.swept' order by number",
  );
  return rows.map(({ data }) => ({ data: JSON.parse(String(data)) }));
}

/** One that began after it has ended. */
export async function untilSwept(server: RunningServer, since: number): Promise<void> {
  await until("it has swept", () => {
    const [row] = rowsOf(server, "select state from actors where kind = 'order-sweep' and state is not null");
    const last = row === undefined ? null : JSON.parse(String(row["state"])).last;
    return Promise.resolve(last !== null && last.at > since || undefined);
  });
}

/** What the upstream has fulfilled, as `{tenant}/{requestId}`. */
export const fulfilled = ({ ledger }: CardSimulator): readonly string[] =>
  Array.from(ledger.values(), ({ requestId }) => requestId).sort();

export interface Lost {
  readonly tenant: string;
  readonly requestId: string;
  readonly createdAt: number;
  readonly status?: string;
  readonly endedAt?: number;
}

/** Orders without a message, in one commit. */
export function lose(server: RunningServer, orders: readonly Lost[]): void {
  writing(server, (db) => {
    db.exec("begin immediate");
    const insert = db.prepare(
      `insert into orders (tenant, request_id, id, print, products, currency, amount, status, created_by, created_at,
       ended_at) values (?, ?, ?, 'p', '[{"productId":7,"quantity":1,"value":1}]', 'EUR', 1, ?, 'ada', ?, ?)`,
    );
    for (const { tenant, requestId, createdAt, status = "pending", endedAt = null } of orders) {
      insert.run(tenant, requestId, `id-${tenant}-${requestId}`, status, createdAt, endedAt);
    }
    db.exec("commit");
  });
}

export function remove(server: RunningServer, requestId: string): void {
  writing(server, (db) => db.prepare("delete from orders where request_id = ?").run(requestId));
}

function writing(server: RunningServer, act: (db: DatabaseSync) => void): void {
  using db = new DatabaseSync(join(server.dataDir, "mailroom.db"), { timeout: 5_000 });
  act(db);
}
