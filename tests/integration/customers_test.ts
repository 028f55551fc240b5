import assert from "node:assert/strict";
import { customer } from "../../actors/customer/customer.ts";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";
import { readEvents } from "../support/read_events.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const LINES = { "content-type": "application/x-ndjson" };
const ANN = { id: "c-1", name: "Ann Example", email: "ann@customers.example" };
const PERSONAL = /Example|customers\.example/;

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
    const changed = await rig.ask(200, "POST", "/api/customers", { ...ANN, name: "Ann Other Example" });
    assert.deepEqual([changed.name, changed.createdAt], ["Ann Other Example", made.createdAt]);
    assert.deepEqual(await rig.ask(200, "GET", "/api/customers/c-1"), changed);
    await rig.ask(204, "DELETE", "/api/customers/c-1");
    await rig.ask(404, "DELETE", "/api/customers/c-1");
    await rig.ask(404, "GET", "/api/customers/c-1");
    assert.deepEqual(await told(rig), [
      "customer.created customer/c-1",
      "customer.updated customer/c-1",
      "customer.removed customer/c-1",
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
    const good = Array.from({ length: 1_203 }, (_, index) => ({ ...ANN, id: `c-${index}` }));
    const bad = [
      "{",
      { ...ANN, email: "ann" },
      { ...ANN, id: "../x" },
      { ...ANN, name: "Ann\r\nBcc: x" },
      "\ufffe\u0000",
    ];
    const answer = await handIn(rig, [...good.slice(0, 700), ...bad, "", ...good.slice(700)]);
    assert.deepEqual([answer.status, answer.lines, answer.accepted, answer.refused], [200, 1_208, 1_203, 5]);
    const lines = answer.refusals.map(({ line }: { line: number }) => line);
    assert.deepEqual(lines, [701, 702, 703, 704, 705]);
    assert.doesNotMatch(JSON.stringify(answer.refusals), PERSONAL);
    const ids = (await rig.walk("/api/customers", 200)).map(({ id }) => id);
    assert.deepEqual(ids, good.map(({ id }) => id).sort());
    const again = await handIn(rig, [...good, { ...good[5], name: "Another" }, good[5]]);
    assert.deepEqual([again.accepted, again.repeated], [0, 1_205], "the last of one id counts");
    assert.equal((await told(rig)).length, 1_203);
  });
}

Deno.test("customers without ids are the same ones in a repeat with the same Idempotency-Key", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const nameless = [1, 2, 3].map((number) => ({ name: `Customer ${number}`, email: `c${number}@customers.example` }));
  const key = { "idempotency-key": "upload-7" };
  assert.equal((await handIn(rig, nameless, key)).accepted, 3);
  const again = await handIn(rig, nameless, key);
  assert.deepEqual([again.accepted, again.repeated], [0, 3]);
  assert.equal((await handIn(rig, nameless)).accepted, 3);
  assert.equal((await rig.walk("/api/customers", 200)).length, 6);
  const one = () => rig.send("POST", "/api/customers", nameless[0], { "idempotency-key": "one" });
  const [first, second] = [await one(), await one()];
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.equal((await first.json()).id, (await second.json()).id);
});

Deno.test("two who hand in the same customers at once make each of them once", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const all = Array.from({ length: 400 }, (_, index) => ({ ...ANN, id: `c-${index}` }));
  const answers = await Promise.all([1, 2, 3, 4].map(() => handIn(rig, all)));
  assert.equal(answers.reduce((sum, { accepted }) => sum + accepted, 0), 400);
  assert.equal((await told(rig)).length, 400);
});

Deno.test("other actors tell customers to be, to change and to go", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const to = customer.at("acme", "c-9");
  await rig.system.tell(to, "update", { name: "Nobody", email: "n@customers.example" });
  await rig.system.tell(to, "create", { name: "Ann Example", email: "ann@customers.example" });
  await rig.system.tell(to, "create", { name: "Bob Example", email: "bob@customers.example" });
  await rig.system.tell(to, "update", { name: "Ann Other", email: "ann@customers.example" });
  await rig.until("/api/customers/c-9", ({ name }) => name === "Ann Other");
  await rig.system.tell(to, "remove", {});
  await rig.until("/api/customers/c-9", ({ status }) => status === 404);
  assert.deepEqual(await told(rig), [
    "customer.created customer/c-9",
    "customer.updated customer/c-9",
    "customer.removed customer/c-9",
  ]);
});
