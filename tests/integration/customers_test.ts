import assert from "node:assert/strict";
import { customer } from "../../actors/customer/customer.ts";
import { projectionTables } from "../../actors/customer_projection/tables.ts";
import { customerTables } from "../../actors/customer/tables.ts";
import { until } from "../support/api.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { olderFile } from "../support/older_file.ts";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";
import { readEvents } from "../support/read_events.ts";
import { servedRegistry, serveNode } from "../support/served_node.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const LINES = { "content-type": "application/x-ndjson" };
const ANN = { id: "c-1", firstName: "Ann", lastName: "Example", email: "ann@customers.example" };
const WRITTEN = ["customer.created", "customer.updated", "customer.deleted"];
const PERSONAL = /Example|customers\.example/;

/** What PUT takes. */
function whole({ id: _, ...details }: typeof ANN): Omit<typeof ANN, "id"> {
  return details;
}

/** So many, each with an address of one's own. */
function people(count: number): readonly typeof ANN[] {
  return Array.from({ length: count }, (_, index) => ({ ...ANN, id: `c-${index}`, email: `${index}-${ANN.email}` }));
}

async function handIn(rig: ParcelRoutesRig, lines: readonly unknown[], headers: Record<string, string> = {}) {
  const text = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line)).join("\n");
  const answer = await rig.send("POST", "/api/customers", text, { ...LINES, ...headers });
  return { status: answer.status, ...await answer.json() };
}

/** What was written; what follows from it is told when it comes. */
async function told(rig: ParcelRoutesRig): Promise<readonly string[]> {
  const events = (await readEvents(rig.system, "acme")).filter(({ type }) => WRITTEN.includes(type));
  assert.doesNotMatch(JSON.stringify(events), PERSONAL);
  return events.map(({ type, subject }) => `${type} ${subject}`);
}

for (const engine of ENGINES) {
  Deno.test(`a customer is made, changed, read and forgotten, and events name no person (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const made = await rig.ask(201, "POST", "/api/customers", ANN);
    assert.deepEqual({ ...made, ...ANN, version: 1 }, made);
    const { deliverability: _, ...same } = await rig.ask(200, "POST", "/api/customers", ANN);
    assert.deepEqual({ ...made, ...same }, made, "nothing has changed");
    const changed = await rig.ask(200, "PUT", "/api/customers/c-1", { ...whole(ANN), firstName: "Ann Other" });
    assert.deepEqual([changed.firstName, changed.createdAt], ["Ann Other", made.createdAt]);
    const read = await rig.ask(200, "GET", "/api/customers/c-1");
    assert.deepEqual({ ...read, deliverability: null }, { ...changed, deliverability: null });
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
      "replaceCustomer",
      "createCustomers",
    ]);
  });

  Deno.test(`of writers of one customer at once one wins, and so of customers with one address (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    await rig.ask(201, "POST", "/api/customers", ANN);
    const { headers } = await rig.send("GET", "/api/customers/c-1");
    const all = Array.from({ length: 8 }, (_, index) => index);
    const written = await Promise.all(all.map(async (index) => {
      const change = { lastName: `Example ${index}` };
      return (await rig.send("PATCH", "/api/customers/c-1", change, { "if-match": headers.get("etag")! })).status;
    }));
    assert.deepEqual(written.sort(), [200, ...all.slice(1).map(() => 412)]);
    assert.equal((await rig.ask(200, "GET", "/api/customers/c-1")).version, 2);
    const made = await Promise.all(all.map(async (index) => {
      const email = `${index % 2 === 0 ? "bob" : "BOB"}@customers.example`;
      return (await rig.send("POST", "/api/customers", { ...ANN, id: `b-${index}`, email })).status;
    }));
    assert.deepEqual(made.sort(), [201, ...all.slice(1).map(() => 409)]);
    // Without a condition they all are written, one after the other.
    await Promise.all(all.map((index) => rig.ask(200, "PATCH", "/api/customers/c-1", { firstName: `Ann ${index}` })));
    assert.equal((await rig.ask(200, "GET", "/api/customers/c-1")).version, 2 + all.length);
    const tells = (await told(rig)).filter((line) => line.endsWith("updated customer/c-1"));
    assert.equal(tells.length, 1 + all.length);
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
    const held = await handIn(rig, [{ ...good[0], id: "x" }, { ...good[1], email: good[2]!.email.toUpperCase() }]);
    assert.deepEqual([held.accepted, held.refusals], [
      0,
      [1, 2].map((line) => ({
        line,
        reason: "/email is that of another customer",
      })),
    ]);
    assert.equal((await told(rig)).length, 1_203);
  });
}

for (const engine of ENGINES) {
  Deno.test(`S4-6 S4-17 what follows from customers is worked out of thousands, and goes with them (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const many = people(450).map((one, index) => ({ ...one, lastName: index % 100 === 7 ? "Ünal" : "Example" }));
    const doubtful = { ...ANN, id: "d-1", firstName: "Dan", email: "info@gmial.com" };
    await handIn(rig, [...many, doubtful]);
    await rig.until("/api/customers?q=dan", ({ items }) => items[0]?.deliverability !== undefined);
    const found = async (q: string) =>
      (await rig.walk(`/api/customers?q=${encodeURIComponent(q)}`, 100)).map(({ id }) => id).sort();
    assert.deepEqual(await found("ANN  "), many.map(({ id }) => id).sort(), "each once, over pages");
    assert.deepEqual(await found("ünal"), await found("unal"));
    assert.deepEqual(await found("Unal"), ["c-107", "c-207", "c-307", "c-407", "c-7"]);
    assert.deepEqual(await found("ann unal"), await found("unal"));
    assert.deepEqual(await found("449-ANN@"), ["c-449"]);
    assert.deepEqual(await found("%"), []);
    const { deliverability } = await rig.ask(200, "GET", "/api/customers/d-1");
    assert.deepEqual(deliverability, {
      ...{ verdict: "doubtful", reasons: ["role-address", "misspelt-domain"] },
      suggestion: "gmail.com",
    });
    await handIn(rig, [{ ...many[7], lastName: "Other" }]);
    assert.deepEqual(await found("ann unal"), ["c-107", "c-207", "c-307", "c-407"], "at once");
    await rig.until("/api/customers?q=other", ({ items }) => items.length === 1);
    await rig.ask(204, "DELETE", "/api/customers/c-107");
    assert.deepEqual(await found("ann unal"), ["c-207", "c-307", "c-407"]);
    const left = await rig.system.query("acme", projectionTables.queries.kept, { id: "c-107" });
    assert.deepEqual(left, { answers: 0, terms: 0 });
  });

  Deno.test(`S4-3 S4-7 S4-17 a read by id is one row, made ahead, and good for its version alone (${engine})`, async () => {
    await using rig = await openParcelRoutes(engine);
    const read = async (headers: Record<string, string> = {}) => {
      const answer = await rig.send("GET", "/api/customers/c-1", undefined, headers);
      const [tag, cache, text] = [answer.headers.get("etag")!, answer.headers.get("x-cache"), await answer.text()];
      return { status: answer.status, tag, cache, text };
    };
    const anew = { "cache-control": "no-cache" };
    const shown = () => rig.system.point("acme", customerTables.queries.shown, { id: "c-1" });
    await rig.ask(200, "POST", "/api/kinds/customer-projection/pause");
    await handIn(rig, [ANN]);
    assert.deepEqual([(await read()).cache, (await read()).cache], ["miss", "hit"]);
    assert.equal((await shown())!.answer, null, "so it came from memory");
    await rig.ask(200, "POST", "/api/kinds/customer-projection/resume");
    await rig.until("/api/customers/c-1", ({ deliverability }) => deliverability !== null);
    const { tag, answer, createdAt } = (await shown())!;
    const made = await read(anew);
    assert.deepEqual([made.cache, made.text, made.tag], ["hit", answer, `"${tag}"`]);
    assert.deepEqual(await read({ "if-none-match": made.tag }), { ...made, status: 304, text: "" });
    const other = { ...{ id: "c-1", createdAt, version: 1, tag: tag! }, answer: '{"from":"the row"}' };
    const row = { tables: projectionTables.name, write: "answered", args: other };
    await rig.system.write("acme", { rows: [row], events: [] });
    assert.deepEqual((await read(anew)).text, other.answer);
    await rig.ask(200, "PATCH", "/api/customers/c-1", { lastName: "Other" });
    const changed = await read();
    assert.deepEqual([JSON.parse(changed.text).lastName, changed.tag === made.tag], ["Other", false]);
    assert.equal((await read({ "if-none-match": made.tag })).status, 200);
  });
}

Deno.test("S4-17 a read on one node sees what another one has changed", async () => {
  await using database = await migratedDatabase(servedRegistry);
  await using one = await serveNode({ databaseUrl: database.url, node: "one" });
  await using two = await serveNode({ databaseUrl: database.url, node: "two" });
  const read = async () => {
    const answer = await two.send("GET", "/api/customers/c-1");
    return { cache: answer.headers.get("x-cache"), lastName: (await answer.json()).lastName };
  };
  await one.send("POST", "/api/customers", ANN).then((answer) => assert.equal(answer.status, 201));
  await until("two keeps it", async () => (await read()).cache === "hit" ? true : undefined);
  const { status } = await one.send("PATCH", "/api/customers/c-1", { lastName: "Other" });
  assert.equal(status, 200);
  await until("two has heard", async () => (await read()).lastName === "Other" ? true : undefined);
});

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
