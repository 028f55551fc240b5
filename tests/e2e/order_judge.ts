import type { DatabaseSync } from "node:sqlite";
import type { CardSimulator } from "../../actors/order/simulator/contract.ts";
import type { Findings } from "./torture_campaign.ts";

interface Judged {
  /** `{tenant}/{requestId}`. */
  readonly order: string;
  readonly id: string;
  readonly status: string;
  readonly externalId: string | null;
}

/** Of a server that was killed: what its file says must be true at once. */
export function judgeKilledOrders(
  db: DatabaseSync,
  { accepted, cards }: { readonly accepted: ReadonlySet<string>; readonly cards: CardSimulator },
  findings: Findings,
): void {
  const rows = ordersIn(db);
  const known = new Set(rows.map(({ order }) => order));
  findings.expectAll("every order that was answered is there", accepted, (order) => known.has(order));
  const pending = new Set(rows.filter(({ status }) => status === "pending").map(({ id }) => id));
  findings.expectAll(
    "the upstream was asked for no order that is not submitted",
    cards.ledger.keys(),
    (key) => !pending.has(key),
  );
  expectAsFulfilled(rows, cards, findings);
}

/** When all is over. */
export function judgeOrders(
  db: DatabaseSync,
  { sent, cards }: {
    readonly sent: readonly { readonly tenant: string; readonly requestId: string }[];
    readonly cards: CardSimulator;
  },
  findings: Findings,
): void {
  const rows = ordersIn(db);
  findings.expect("there is a row for each order", rows.length === sent.length, () => `${rows.length}`);
  findings.expectAll("every order has succeeded", rows, ({ status }) => status === "succeeded");
  expectAsFulfilled(rows, cards, findings);
  const keys = Map.groupBy(cards.ledger, ([, { requestId }]) => requestId);
  findings.expectAll(
    "the upstream has fulfilled each order once, by one key",
    sent,
    ({ tenant, requestId }) => keys.get(`${tenant}/${requestId}`)?.length === 1,
  );
  findings.expect("and nothing else", keys.size === sent.length, () => `${keys.size}`);
  findings.expect("no key was used for two orders", cards.misuses === 0, () => `${cards.misuses}`);
  const told = db.prepare(
    `select type, count(*) as events, count(distinct tenant || subject) as orders from events
     where type like 'order.%' and type <> 'order.swept' group by type order by type`,
  ).all().map(({ type, events, orders }) => [type, events, orders].join(" "));
  const each = ["created", "submitted", "succeeded"].map((what) => `order.${what} ${sent.length} ${sent.length}`);
  findings.expect("each step of each order is told once", told.sort().join() === each.sort().join(), () => told.join());
}

/** Those that have not ended. */
export function openOrders(db: DatabaseSync): number {
  return Number(db.prepare("select count(*) as many from orders where ended_at is null").get()!["many"]);
}

function expectAsFulfilled(rows: readonly Judged[], cards: CardSimulator, findings: Findings): void {
  findings.expectAll(
    "an external id is the one that the upstream gave to this order",
    rows.filter(({ externalId }) => externalId !== null),
    ({ id, order, externalId }) => {
      const fulfilled = cards.ledger.get(id);
      return fulfilled?.requestId === order && fulfilled.orderId === externalId;
    },
  );
}

function ordersIn(db: DatabaseSync): Judged[] {
  return db.prepare("select tenant, request_id, id, status, external_id from orders").all().map((row) => ({
    order: `${row["tenant"]}/${row["request_id"]}`,
    id: String(row["id"]),
    status: String(row["status"]),
    externalId: row["external_id"] as string | null,
  }));
}
