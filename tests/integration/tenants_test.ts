import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { auditRow } from "../../runtime/access/audit.ts";
import { closeGate } from "../support/gates.ts";
import { echo } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { HOUR, hourly, MINUTE, NOON, scheduled } from "../support/scheduled_rig.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const AUDIT = auditRow({
  ...{ at: 1, by: "ada", role: "platform", action: "tenantDeleted", subject: "tenant/acme" },
  ...{ address: "", requestId: "" },
});
const DEED = { tenant: "ops", by: "ada", rows: [] };
const LEAVING = { ...DEED, lastRows: [AUDIT] };

function create({ system }: TestSystem, id: string, settings = {}): Promise<unknown> {
  return system.tenants.create({ id, name: id, settings }, DEED);
}

async function flood({ system }: TestSystem, tenant: string, { gate, count }: { gate: string; count: number }) {
  for (let key = 0; key < count; key++) await system.tell(tally.at(tenant, `k${key}`), "pass", { gate });
}

Deno.test("Tenants.create() registers once, and the rows survive a restart", async () => {
  await using node = await setup();
  await create(node, "acme", { weight: 3 });
  await assert.rejects(create(node, "acme"), { code: "conflict" });
  await create(node, "beta");
  await node.system.tenants.change("acme", { name: "Acme", settings: { concurrency: 2 } }, DEED);
  const told = await node.system.tenants.page({ limit: 10 });
  assert.deepEqual(told.map(({ id, name, status }) => [id, name, status]), [
    ["acme", "Acme", "active"],
    ["beta", "beta", "active"],
  ]);
  await node.system.tenants.suspend("beta", DEED);
  await node.restart();
  const { tenants } = node.system;
  assert.deepEqual([tenants.statusOf("acme"), tenants.statusOf("beta"), tenants.statusOf("other")], [
    "active",
    "suspended",
    "active",
  ]);
  const { weight, concurrency, eventsKept } = tenants.settingsOf("acme");
  assert.deepEqual([weight, concurrency, eventsKept], [3, 2, null]);
});

Deno.test("Tenants.change() bounds the turns of the tenant at once, and lets more run when it is raised", async () => {
  await using node = await setup({ slots: 16 });
  using gate = closeGate("bounded");
  await create(node, "acme", { concurrency: 2 });
  await flood(node, "acme", { gate: "bounded", count: 6 });
  await gate.reached(2);
  assert.equal(node.system.health().running, 2);
  await node.system.tenants.change("acme", { settings: { concurrency: 5 } }, DEED);
  await gate.reached(5);
  assert.equal(node.system.health().running, 5);
  gate.open();
  await node.quiet();
});

Deno.test("Tenants.suspend() starts nothing more of the tenant until it is resumed, over restarts; others go on", async () => {
  await using node = await setup();
  using gate = closeGate("suspended");
  await create(node, "acme");
  await node.system.tell(tally.at("acme", "one"), "pass", { gate: "suspended" });
  await gate.reached();
  await node.system.tenants.suspend("acme", DEED);
  await node.system.tell(tally.at("acme", "one"), "add", { by: 1 });
  await node.system.tell(tally.at("acme", "two"), "add", { by: 1 });
  const ended = node.recorder.next("turn.committed", ({ tenant }) => tenant === "acme");
  gate.open();
  await ended;
  await node.restart();
  const served = node.recorder.next("turn.committed", ({ tenant }) => tenant === "zen");
  await node.system.tell(tally.at("zen", "one"), "add", { by: 1 });
  await served;
  assert.deepEqual([node.system.health().pending, node.system.health().running], [2, 0]);
  await node.system.tenants.suspend("acme", DEED);
  await node.system.tenants.resume("acme", DEED);
  await node.quiet();
  assert.equal(await node.system.ask(tally.at("acme", "one"), "count"), 1);
  assert.equal(await node.system.ask(tally.at("acme", "two"), "count"), 1);
});

Deno.test("Tenants.suspend() keeps the tenant's schedules from ticking, and they catch up by their policy", async () => {
  await using node = await scheduled();
  const { system, schedules } = node;
  for (const id of ["acme", "zen"]) {
    await create(node.rig, id);
    await schedules.create(id, { ...hourly, catchUp: "latest" });
  }
  await system.tenants.suspend("acme", DEED);
  for (let hour = 1; hour <= 3; hour++) await node.past(NOON + hour * HOUR, "hourly", "zen");
  assert.deepEqual([(await node.ticks()).length, (await node.ticks("hourly", "zen")).length], [0, 3]);
  node.advance(30 * MINUTE);
  await system.tenants.resume("acme", DEED);
  await node.past(NOON + 3 * HOUR);
  const ticks = await node.ticks();
  assert.deepEqual(ticks.map(({ status }) => status), ["skipped", "skipped", "sent"]);
});

Deno.test("Tenants.resume() and the others refuse a tenant that is not registered", async () => {
  await using node = await setup();
  const { tenants } = node.system;
  await assert.rejects(tenants.resume("acme", DEED), { code: "not-found" });
  await assert.rejects(tenants.suspend("acme", DEED), { code: "not-found" });
  await assert.rejects(tenants.change("acme", {}, DEED), { code: "not-found" });
  assert.equal(await tenants.get("acme"), null);
});

/** Every value in the file, of every table. */
function dump({ path }: TestSystem): string {
  using db = new DatabaseSync(path, { readOnly: true });
  const tables = db.prepare("select name from sqlite_master where type = 'table'").all();
  return tables.map(({ name }) => JSON.stringify(db.prepare(`select * from "${name}"`).all())).join("\n");
}

/** By table, how many rows of the tenant there are. */
function rowsOf({ path }: TestSystem, tenant: string): Readonly<Record<string, number>> {
  using db = new DatabaseSync(path, { readOnly: true });
  const tables = db.prepare(
    `select name from pragma_table_list where schema = 'main' and type = 'table'
       and exists (select 1 from pragma_table_info(pragma_table_list.name) where name = 'tenant')`,
  ).all();
  const count = (table: unknown) =>
    Number(db.prepare(`select count(*) as rows from "${table}" where tenant = ?`).get(tenant)!["rows"]);
  return Object.fromEntries(tables.map(({ name }) => [name, count(name)] as const).filter(([, rows]) => rows > 0));
}

/** What was begun before has been committed, whoever began it. */
async function othersGoOn({ system }: TestSystem): Promise<void> {
  for (let by = 0; by < 50; by++) await system.tell(tally.at("zen", "one"), "add", { by });
}

async function fill({ system }: TestSystem, tenant: string, canary: string): Promise<void> {
  for (let number = 0; number < 30; number++) {
    await system.tell(tally.at(tenant, `k${number}`), "add", { by: 1, text: canary });
    await system.tell(echo.at(tenant, system.createId()), "run", { text: canary }, { fresh: true });
  }
  await system.tell(tally.at(tenant, "dead"), "giveUp", {}, { dedupeKey: canary });
  const deed = { by: canary, rows: [] };
  await system.tell(echo.at(tenant, system.createId()), "run", { text: canary }, {
    ...{ fresh: true, delayMs: HOUR, deed },
    idempotency: { scope: "s", key: canary, print: "p", answer: canary },
  });
  await system.blobs.stage(tenant, new Blob([canary]).stream(), { limitBytes: 100 });
  await system.schedules.create(tenant, { ...hourly, name: "later", enabled: false }, deed);
  await system.control.pauseKind(tenant, "patient", deed);
}

const CANARY = "canary-of-acme";

Deno.test("Tenants.remove() leaves nothing of the tenant in any table, and all of the others' (S0-1)", async () => {
  await using node = await setup();
  await create(node, "acme");
  for (const tenant of ["acme", "zen"]) await fill(node, tenant, `canary-of-${tenant}`);
  await node.recorder.until(() => node.system.health().pending === 2 && node.system.health().running === 0);
  const before = dump(node);
  assert.ok(before.includes(CANARY) && before.includes("canary-of-zen"));
  const kept = rowsOf(node, "zen");
  assert.deepEqual(Object.keys(rowsOf(node, "acme")), Object.keys(kept));
  const gone = node.recorder.next("tenant.deleted");
  await node.system.tenants.remove("acme", LEAVING);
  await assert.rejects(node.system.tell(tally.at("acme", "one"), "add", { by: 1 }), { code: "tenant-suspended" });
  await gone;
  const after = dump(node);
  assert.ok(!after.includes(CANARY), "nothing is left");
  assert.ok("blob_chunks" in kept && "idempotency_keys" in kept && "schedules" in kept, Object.keys(kept).join());
  assert.deepEqual([rowsOf(node, "acme"), rowsOf(node, "zen")], [{}, kept]);
  const zens = (text: string) => text.split("canary-of-zen").length;
  assert.equal(zens(after), zens(before));
  assert.equal(node.system.health().pending, 1);
  assert.equal(await node.system.tenants.get("acme"), null);
  assert.equal([...after.matchAll(/"tenantDeleted"/g)].length, 1, "the audit log of the installation says so");
});

Deno.test("Tenants.remove() removes nothing before what runs has ended", async () => {
  await using node = await setup();
  using gate = closeGate("staying");
  await create(node, "acme");
  await node.system.tell(tally.at("acme", "one"), "add", { by: 1 });
  await node.quiet();
  await node.system.tell(tally.at("acme", "one"), "pass", { gate: "staying" });
  await gate.reached();
  const [before, gone] = [rowsOf(node, "acme"), node.recorder.next("tenant.deleted")];
  await node.system.tenants.remove("acme", LEAVING);
  await othersGoOn(node);
  assert.deepEqual(rowsOf(node, "acme"), before);
  const ended = node.recorder.next("turn.committed", ({ tenant }) => tenant === "acme");
  gate.open();
  await ended;
  await gone;
  assert.deepEqual(rowsOf(node, "acme"), {});
});

Deno.test("Tenants.remove() lets what runs end, and goes on in the next life when the node dies in the middle", async () => {
  await using node = await setup();
  using gate = closeGate("leaving");
  await create(node, "acme");
  await fill(node, "acme", CANARY);
  await node.recorder.until(() => node.system.health().pending === 1);
  await node.system.tell(tally.at("acme", "one"), "pass", { gate: "leaving" });
  await gate.reached();
  await node.system.tenants.remove("acme", LEAVING);
  await othersGoOn(node);
  assert.ok(dump(node).includes(CANARY), "it waits for the turn");
  const gone = node.recorder.next("tenant.deleted");
  await node.restart();
  gate.open();
  await gone;
  assert.ok(!dump(node).includes(CANARY));
  await node.system.tell(tally.at("acme", "one"), "add", { by: 1 });
  await node.quiet();
  assert.equal(await node.system.ask(tally.at("acme", "one"), "count"), 1, "whoever comes then begins anew");
});
