import { type Api, apiOf } from "../support/api.ts";
import { handIn, testCustomers } from "../support/customer_actions.ts";
import { startServer } from "../support/running_server.ts";
import { type ExpectedAction, judgeActions, judgeKilledActions } from "./action_judge.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

export interface ActionSize {
  readonly tenants?: number;
  /** Of each tenant. */
  readonly actions?: number;
  /** Of each tenant. */
  readonly customers?: number;
  /** How long a life lasts at most. */
  readonly lifeMs?: number;
}

interface Order {
  readonly id: string;
  readonly type: string;
  readonly customer?: string;
  readonly customers?: "all" | readonly string[];
}

const SLICE_LINES = 250;
const PATIENCE_MS = 240_000;
/** Of those that a repeated name makes one. */
const NAMED = 12;

/** Tenants hand in actions as lines, again and again until they are answered, while the server is killed. */
export function actionRounds(
  { tenants = 20, actions = 2_500, customers = 100, lifeMs = 2_000 }: ActionSize = {},
): Campaign {
  return {
    name: "actions",
    shows: "each customer action has exactly its children, and one end, whenever the server is killed",
    rounds: 10,
    run: (course) => run(course, { tenants, actions, customers, lifeMs }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<ActionSize>): Promise<Result> {
  const findings = new Findings();
  const env = { SMTP_URL: "null:", LOG_LEVEL: "info", TENANT_PENDING_LIMIT: "10000000", EVENTS_KEPT: "10000000" };
  await using server = await startServer({ env });
  const names = Array.from({ length: size.tenants }, (_, index) => `tenant-${index}`);
  const orders = ordersOf(size);
  const expected = new Map(orders.map((order) => [order.id, expectedOf(order, size)]));
  const apis = names.map((tenant) => apiOf(server, { tenant }));
  for (const api of apis) await handIn(api, "/api/customers", testCustomers(size.customers));
  const begunAt = performance.now();
  const sending = Promise.all(apis.map((api) => sendAll(api, orders)));
  let slowestReadyMs = 0;
  for (let round = 1; round <= rounds; round++) {
    await endedIn(server, Math.floor(orders.length * size.tenants * (round - 1) / rounds));
    await pause(between(random, 100, size.lifeMs));
    await server.kill();
    {
      using db = openFile(server);
      judgeKilledActions(db, findings);
    }
    const killedAt = performance.now();
    await server.restart();
    const readyMs = Math.round(performance.now() - killedAt);
    slowestReadyMs = Math.max(slowestReadyMs, readyMs);
    tell(`killed, ready after ${readyMs} ms`);
  }
  const taken = await sending;
  findings.expectAll("every line is taken, or was before", taken, (lines) => lines === orders.length);
  await settled(server);
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  await server.stop();
  using db = openFile(server);
  for (const tenant of names) judgeActions(db, { tenant, expected }, findings);
  const children = [...expected.values()].reduce((sum, { customers }) => sum + 2 * customers, 0) * size.tenants;
  return {
    findings: findings.all,
    figures: { slowestReadyMs, actions: expected.size * size.tenants, children, seconds },
  };
}

/** Mostly of one customer; some of several, of whom one is named twice and one is nobody, and a few of all. */
function ordersOf({ actions, customers }: Required<ActionSize>): readonly Order[] {
  const ids = testCustomers(customers).map(({ id }) => id);
  return Array.from({ length: actions }, (_, index): Order => {
    const order = { id: `action-${index}`, type: "wash-purchased" };
    if (index % 500 === 7) return { ...order, customers: "all" };
    if (index % 50 !== 3) return { ...order, customer: ids[index % ids.length]! };
    const named = Array.from({ length: NAMED }, (_, nth) => ids[(index + nth) % ids.length]!);
    return { ...order, customers: [...named, named[0]!, "nobody"] };
  });
}

function expectedOf({ customer, customers }: Order, size: Required<ActionSize>): ExpectedAction {
  if (customer !== undefined) return { customers: 1 };
  return { customers: customers === "all" ? size.customers : Math.min(NAMED, size.customers) };
}

/** Answers how many lines were taken. */
async function sendAll(api: Api, orders: readonly Order[]): Promise<number> {
  let taken = 0;
  for (let from = 0; from < orders.length; from += SLICE_LINES) {
    const lines = orders.slice(from, from + SLICE_LINES);
    for (const begunAt = performance.now();;) {
      const view = await handIn(api, "/api/customer-actions", lines).catch(() => null);
      if (view !== null) {
        taken += view.accepted + view.repeated;
        break;
      }
      if (performance.now() - begunAt > PATIENCE_MS) throw new Error("The server does not answer any more");
      await pause(50);
    }
  }
  return taken;
}

/** Waits until so many actions have ended: kills are spread over all of the work, from the first line on. */
async function endedIn(server: Parameters<typeof openFile>[0], many: number): Promise<void> {
  for (const begunAt = performance.now();; await pause(100)) {
    using db = openFile(server);
    const { ended } = db.prepare("select count(*) as ended from customer_actions where ended_at is not null").get()!;
    if (Number(ended) >= many) return;
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`Only ${ended} of ${many} actions have ended`);
  }
}

async function settled(server: Parameters<typeof openFile>[0]): Promise<void> {
  for (const begunAt = performance.now(); performance.now() - begunAt < PATIENCE_MS; await pause(100)) {
    using db = openFile(server);
    const open = db.prepare(
      "select 1 as waits from messages union all select 1 from customer_actions where ended_at is null limit 1",
    ).get();
    if (open === undefined) return;
  }
}
