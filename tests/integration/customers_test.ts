import assert from "node:assert/strict";
import { customer } from "../../actors/customer/customer.ts";
import { customerTables } from "../../actors/customer/tables.ts";
import { olderFile } from "../support/older_file.ts";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";
import { readEvents } from "../support/read_events.ts";
import { servedRegistry, serveNode } from "../support/served_node.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const LINES = { "content-type": "application/x-ndjson" };
const ANN = { id: "c-1", firstName: "Ann", lastName: "Example", email: "ann@customers.example" };
const PERSONAL = /Example|customers\.example/;

/** So many, each with an address of one's own. */
function people(count: number): readonly typeof ANN[] {
  return Array.from({ length: count }, (_, index) => ({ ...ANN, id: `c-${index}`, email: `${index}-${ANN.email}` }));
}

async function handIn(rig: ParcelRoutesRig, lines: readonly unknown[], headers: Record<string, string> = {}) {
  const text = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line)).join("\n");
  const answer = await rig.send("POST", "/api/customers", text, { ...LINES, ...headers });
  return { status: answer.status, ...await answer.json() };
}

async function told(rig: ParcelRoutesRig): Promise<readonly string[]> {
  const events = (await readEvents(rig.system, "acme")).filter(({ type }) => type.startsWith("customer."));
  assert.doesNotMatch(JSON.stringify(events), PERSONAL);
  return events.map(({ type, subject }) => `${type} ${subject}`);
}

for (const engine of ENGINES) {
  Deno.test(`a customer is made, changed, read and forgotten, and events name no person (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const made = await rig.ask(201, "POST", "/api/customers", ANN);
    assert.deepEqual({ ...made, ...ANN }, made);
    assert.deepEqual(await rig.ask(200, "POST", "/api/customers", ANN), made, "nothing has changed");
    const changed = await rig.ask(200, "POST", "/api/customers", { ...ANN, firstName: "Ann Other" });
    assert.deepEqual([changed.firstName, changed.createdAt], ["Ann Other", made.createdAt]);
    assert.deepEqual(await rig.ask(200, "GET", "/api/customers/c-1"), changed);
    await rig.ask(204, "DELETE", "/api/customers/c-1");
    await rig.ask(404, "DELETE", "/api/customers/c-1");
    await rig.ask(404, "GET", "/api/customers/c-1");
    assert.deepEqual(await told(rig), [
      "customer.created customer/c-1",
      "customer.updated customer/c-1",
      "customer.deleted customer/c-1",
    ]);
    const { items } = await rig.ask(200, "GET", "/api/audit");
    assert.deepEqual(items.map(({ action }: { action: string }) => action), [
      "deleteCustomer",
      "putCustomers",
      "putCustomers",
    ]);
  });

  Deno.test(`customers come as lines, and a line that is wrong refuses nobody else (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const good = people(1_203);
    const bad = [
      "{",
      { ...ANN, email: "ann" },
      { ...ANN, id: "../x" },
      { ...ANN, firstName: "Ann\r\nBcc: x" },
      "\ufffe\u0000",
    ];
    const answer = await handIn(rig, [...good.slice(0, 700), ...bad, "", ...good.slice(700)]);
    assert.deepEqual([answer.status, answer.lines, answer.accepted, answer.refused], [200, 1_208, 1_203, 5]);
    const lines = answer.refusals.map(({ line }: { line: number }) => line);
    assert.deepEqual(lines, [701, 702, 703, 704, 705]);
    assert.doesNotMatch(JSON.stringify(answer.refusals), PERSONAL);
    const ids = (await rig.walk("/api/customers", 200)).map(({ id }) => id);
    assert.deepEqual(ids, good.map(({ id }) => id).sort());
    const again = await handIn(rig, [...good, { ...good[5], firstName: "Another" }, good[5]]);
    assert.deepEqual([again.accepted, again.repeated], [0, 1_205], "the last of one id counts");
    assert.equal((await told(rig)).length, 1_203);
  });
}

Deno.test("customers without ids are the same ones in a repeat with the same Idempotency-Key", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const nameless = [1, 2, 3].map((number) => ({
    ...{ firstName: "Customer", lastName: `${number}` },
    email: `c${number}@customers.example`,
  }));
  const key = { "idempotency-key": "upload-7" };
  assert.equal((await handIn(rig, nameless, key)).accepted, 3);
  const again = await handIn(rig, nameless, key);
  assert.deepEqual([again.accepted, again.repeated], [0, 3]);
  assert.equal((await rig.walk("/api/customers", 200)).length, 3);
  const fourth = { ...nameless[0], email: "c4@customers.example" };
  const one = () => rig.send("POST", "/api/customers", fourth, { "idempotency-key": "one" });
  const [first, second] = [await one(), await one()];
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.equal((await first.json()).id, (await second.json()).id);
});

Deno.test("two who hand in the same customers at once make each of them once", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const all = people(400);
  const answers = await Promise.all([1, 2, 3, 4].map(() => handIn(rig, all)));
  assert.equal(answers.reduce((sum, { accepted }) => sum + accepted, 0), 400);
  assert.equal((await told(rig)).length, 400);
});

Deno.test("other actors tell customers to be, to change and to go", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const to = customer.at("acme", "c-9");
  await rig.system.tell(to, "update", { firstName: "No", lastName: "Body", email: "n@customers.example" });
  await rig.system.tell(to, "create", { firstName: "Ann", lastName: "Example", email: "ann@customers.example" });
  await rig.system.tell(to, "create", { firstName: "Bob", lastName: "Example", email: "bob@customers.example" });
  await rig.system.tell(to, "update", { firstName: "Ann", lastName: "Other", email: "ann@customers.example" });
  await rig.until("/api/customers/c-9", ({ lastName }) => lastName === "Other");
  await rig.system.tell(to, "remove", {});
  await rig.until("/api/customers/c-9", ({ status }) => status === 404);
  assert.deepEqual(await told(rig), [
    "customer.created customer/c-9",
    "customer.updated customer/c-9",
    "customer.deleted customer/c-9",
  ]);
});

Deno.test("a file whose customers have one name each is brought to two, and only the first holds an address", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-customers-" });
  try {
    const path = `${folder}/mailroom.db`;
    await olderFile(path, { registry: servedRegistry, before: "2026-12-23-customer-names" }, (db) => {
      const insert = db.prepare("insert into customers values ('acme', ?, ?, ?, ?, ?)");
      insert.run("c-1", "Ann  van Example", "Ann@customers.example", 20, 30);
      insert.run("c-2", "Cher", "ann@customers.example", 10, 10);
      insert.run("c-3", "Bob Example", "bob@customers.example", 10, 10);
    });
    await using node = await serveNode({ databaseUrl: `sqlite:${path}` });
    const read = async (id: string) => {
      const { firstName, lastName, email } = await (await node.send("GET", `/api/customers/${id}`)).json();
      return [firstName, lastName, email];
    };
    assert.deepEqual(await read("c-1"), ["Ann", "van Example", "Ann@customers.example"]);
    assert.deepEqual(await read("c-2"), ["Cher", "", "ann@customers.example"]);
    const holders = await node.system.query("acme", customerTables.queries.holders, {
      emailKeys: ["ann@customers.example", "bob@customers.example"],
    });
    assert.deepEqual(holders.map(({ id }) => id).sort(), ["c-2", "c-3"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
