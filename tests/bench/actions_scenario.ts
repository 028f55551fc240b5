import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { apiOf } from "../support/api.ts";
import { handIn, testCustomers } from "../support/customer_actions.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { startServer } from "../support/running_server.ts";
import { V8_FLAGS } from "./bench_command.ts";
import { bytesWritten, peakMemory, resetPeaks } from "./memory.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { costFigures, perJob, readStations } from "./stations.ts";

const TENANTS = 20;
/** Of all tenants together. */
const ACTIONS = { full: 50_000, quick: 6_000 };
/** Not counted: what runs for the first time is compiled on the way. */
const WARM_UP = { full: 10_000, quick: 2_000 };
const CUSTOMERS = 100;
/** Of an action that concerns one customer. */
const CHILDREN = 2;
const LOOK_EVERY_MS = 20;

/** Customer actions of many tenants, handed in as lines, until every letter and every application has been dealt with. */
export const actions: Scenario = {
  name: "actions",
  about: "customer actions of 20 tenants as NDJSON, each with a letter that is thrown away and a credit application",
  async run({ folder, scale, progress }: ScenarioOptions) {
    await Deno.mkdir(folder, { recursive: true });
    await using server = await startServer({
      dataDir: folder,
      env: { LOG_LEVEL: "info", SMTP_URL: "null:", TENANT_PENDING_LIMIT: "10000000", DENO_V8_FLAGS: V8_FLAGS },
    });
    using db = new DatabaseSync(join(folder, "mailroom.db"), { readOnly: true, timeout: 1_000 });
    const apis = Array.from({ length: TENANTS }, (_, index) => apiOf(server, { tenant: `tenant-${index}` }));
    for (const api of apis) await handIn(api, "/api/customers", testCustomers(CUSTOMERS));
    const send = async (prefix: string, count: number) => {
      const lines = linesOf(prefix, count / TENANTS);
      const views = await Promise.all(apis.map((api) => handIn(api, "/api/customer-actions", lines)));
      const accepted = views.reduce((sum, view) => sum + view.accepted, 0);
      if (accepted !== count) throw new Error(`${accepted} of ${count} actions were accepted`);
    };
    progress(`${WARM_UP[scale]} actions that are not counted`);
    await send("warm", WARM_UP[scale]);
    await drained(db);
    const count = ACTIONS[scale];
    progress(`${count} actions`);
    const pids = [server.pid, ...descendantsOf(server.pid)];
    resetPeaks(pids);
    const [cpu, bytes, commits] = [readStations(server.pid), bytesWritten(server.pid), await commitsOf(server.url)];
    const begunAt = performance.now();
    await send("measured", count);
    const acceptedMs = performance.now() - begunAt;
    await drained(db);
    const seconds = (performance.now() - begunAt) / 1_000;
    mustHaveAll(db, count);
    const after = await commitsOf(server.url);
    const stations = cpu === null ? null : perJob(cpu, readStations(server.pid)!, count * CHILDREN);
    return [
      {
        name: "jobs of customer actions a second",
        unit: "1/s",
        value: count * CHILDREN / seconds,
        bound: { atLeast: 8_000 },
      },
      { name: "customer actions a second, from their lines to their ends", unit: "1/s", value: count / seconds },
      { name: "customer actions a second, taken in", unit: "1/s", value: count / acceptedMs * 1_000 },
      ...stations === null ? [] : costFigures("a job of an action", stations),
      {
        name: "bytes written a job of an action",
        unit: "bytes",
        value: (bytesWritten(server.pid) - bytes) / (count * CHILDREN),
      },
      {
        name: "entries a commit with customer actions",
        unit: "count",
        value: (after.entries - commits.entries) / (after.count - commits.count),
      },
      {
        name: "entries a job of an action",
        unit: "count",
        value: (after.entries - commits.entries) / (count * CHILDREN),
      },
      { name: "peak memory of a server with customer actions", unit: "MiB", value: peakMemory([server.pid]) },
    ];
  },
};

function linesOf(prefix: string, count: number): readonly object[] {
  const customers = testCustomers(CUSTOMERS);
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}`,
    type: "wash-purchased",
    customer: customers[index % CUSTOMERS]!.id,
    details: { item: "Premium wash", amount: "12.90 EUR" },
  }));
}

/** Commits so far, and the entries that they held. */
async function commitsOf(url: string): Promise<{ readonly count: number; readonly entries: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (name: string) => Number(text.match(new RegExp(`batch_entries_${name} (\\d+)`))?.[1]);
  return { count: of("count"), entries: of("sum") };
}

/** Looked at where it is kept, so that the server has no part in it. */
async function drained(db: DatabaseSync): Promise<void> {
  const waiting = db.prepare("select 1 as waits from messages limit 1");
  const running = db.prepare("select 1 as runs from customer_actions where ended_at is null limit 1");
  while (waiting.get() !== undefined || running.get() !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/**
 * Goes from the actions to their jobs, as there is an index for that and for the other way none.
 * @throws {Error} when what was measured was not the work
 */
function mustHaveAll(db: DatabaseSync, count: number): void {
  const row = db.prepare(
    `select count(*) as jobs, count(distinct j.tenant || j.batch_id) as actions
     from customer_actions a cross join job_records j on j.tenant = a.tenant and j.batch_id = a.batch_id
     where a.id like 'measured-%' and a.status = 'completed' and j.status = 'succeeded'`,
  ).get()!;
  if (Number(row.jobs) === count * CHILDREN && Number(row.actions) === count) return;
  throw new Error(`There are ${row.jobs} jobs of ${row.actions} actions, not two each of ${count}`);
}
