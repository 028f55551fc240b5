import assert from "node:assert/strict";
import { apiOf, until } from "../support/api.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { startServer } from "../support/running_server.ts";
import { passedOn } from "../support/server_process.ts";
import { openFile } from "./torture_load.ts";

/** But orders, which go on: there is no upstream to take them. */
const TABLES = ["registered_tenants", "customers", "employees", "parcels", "scans", "employee_uploads"];
const SIZE = ["--tenants", "2", "--customers", "30", "--employees", "20", "--parcels", "15", "--orders", "4"];

async function seed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "seed", ...args],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...passedOn(), NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, said + new TextDecoder().decode(stderr));
  return said;
}

Deno.test("S4-51 one command fills a database with tenants, customers, employees, parcels and orders; again it changes nothing", async () => {
  await using server = await startServer();
  const said = await seed("--url", server.url, ...SIZE);
  const tenants = [...said.matchAll(/^ {2}([a-z0-9-]+): .+, 30 customers, \d+ scans, 4 orders$/gm)].map(([, id]) =>
    id!
  );
  assert.equal(tenants.length, 2, said);
  for (const tenant of tenants) {
    const { send } = apiOf(server, { tenant });
    await until("all of it is there", async () => {
      const count = async (path: string) => (await (await send("GET", `${path}?limit=200`)).json()).items.length;
      const counts = await Promise.all(["/api/customers", "/api/employees", "/api/parcels", "/api/orders"].map(count));
      return counts.join() === "30,20,15,4" ? true : undefined;
    });
  }
  const rowsOf = (table: string) => {
    using db = openFile(server);
    return JSON.stringify(db.prepare(`select * from ${table}`).all());
  };
  const before = TABLES.map(rowsOf);
  assert.equal(await seed("--url", server.url, ...SIZE), said);
  const { send } = apiOf(server);
  await until("nothing is under way", async () => {
    const { running } = await (await send("GET", "/health")).json();
    return running === 0 ? true : undefined;
  });
  for (const [index, table] of TABLES.entries()) assert.ok(rowsOf(table) === before[index], table);
  assert.notEqual(await seed("--url", server.url, "--seed", "77", "--tenants", "1", "--customers", "1"), said);
});
