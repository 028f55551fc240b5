import assert from "node:assert/strict";
import { apiOf, rowsOf, statusOf, until } from "../support/api.ts";
import { shareServer } from "../support/shared_server.ts";

const ANN = { firstName: "Ann", lastName: "Example", email: "ann@customers.example" };
const shared = shareServer();

function setup() {
  const server = shared();
  const api = apiOf(server);
  const ask = async (
    status: number,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => {
    const answer = await api.send(method, path, body, headers);
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${path}: ${text}`);
    return { body: text === "" ? null : JSON.parse(text), headers: answer.headers };
  };
  return {
    ...{ server, api, ask },
    make: (more: object = {}) => ask(201, "POST", "/api/customers", { ...ANN, ...more }),
    act: (kind: string, verb: "pause" | "resume") => ask(200, "POST", `/api/kinds/${kind}/${verb}`),
    /** The types of events of a customer, up to and with this one. */
    async told(id: string, last: string) {
      const subject = `customer/${id}`;
      const events = await api.eventsSince(0, (event) => event.subject === subject && event.type === last);
      return events.filter((event) => event.subject === subject);
    },
  };
}

Deno.test("S4-1 S4-5 POST makes a customer, 201, and customer.created is told (S4-9)", async () => {
  const { ask, make, told } = setup();
  const { body, headers } = await make();
  assert.deepEqual({ ...body, ...ANN, version: 1 }, body);
  assert.equal(headers.get("location"), `/api/customers/${body.id}`);
  assert.match(headers.get("etag")!, /^"[\w.-]+"$/);
  const read = await ask(200, "GET", `/api/customers/${body.id}`);
  assert.deepEqual({ ...read.body, deliverability: null }, { ...body, deliverability: null });
  const [created] = await told(body.id, "customer.created");
  assert.deepEqual(created!.data, { id: body.id });
});

Deno.test("S4-1 the same customer again is answered 200, and another of the same id 409", async () => {
  const { ask, make } = setup();
  const { body } = await make({ id: "c-1" });
  const again = await ask(200, "POST", "/api/customers", { ...ANN, id: "c-1" });
  assert.deepEqual([again.body.version, again.body.createdAt], [1, body.createdAt]);
  const other = await ask(409, "POST", "/api/customers", { ...ANN, id: "c-1", lastName: "Other" });
  assert.deepEqual(other.body.errors.map(({ pointer }: { pointer: string }) => pointer), ["/id"]);
});

Deno.test("S4-2 PUT and PATCH change a customer, If-Match keeps what somebody else has written, and customer.updated is told", async () => {
  const { ask, make, told } = setup();
  const { headers } = await make({ id: "c-1" });
  const tag = headers.get("etag")!;
  const whole = { ...ANN, lastName: "Whole" };
  const put = await ask(200, "PUT", "/api/customers/c-1", whole, { "if-match": tag });
  assert.deepEqual([put.body.lastName, put.body.version], ["Whole", 2]);
  for (const stale of [tag, '"x"', "garbage", `W/${put.headers.get("etag")}`]) {
    await ask(412, "PATCH", "/api/customers/c-1", { lastName: "Lost" }, { "if-match": stale });
  }
  await ask(412, "DELETE", "/api/customers/c-1", undefined, { "if-match": tag });
  const listed = { "if-match": `${tag}, ${put.headers.get("etag")}` };
  const patched = await ask(200, "PATCH", "/api/customers/c-1", { firstName: "Anna" }, listed);
  assert.deepEqual({ ...patched.body, ...whole, firstName: "Anna", version: 3 }, patched.body);
  const same = await ask(200, "PATCH", "/api/customers/c-1", { firstName: "Anna" }, { "if-match": "*" });
  assert.equal(same.body.version, 3, "nothing has changed");
  await ask(404, "PUT", "/api/customers/c-2", ANN);
  await ask(204, "DELETE", "/api/customers/c-1");
  const types = (await told("c-1", "customer.deleted")).map(({ type }) => type);
  assert.equal(types.filter((type) => type === "customer.updated").length, 2);
});

Deno.test("S4-31 S4-34 the same change at once is made once, and those who asked too are told so", async () => {
  const { api, make, told, ask } = setup();
  await make({ id: "c-1" });
  const answers = await Promise.all(Array.from({ length: 5 }, async () => {
    const answer = await api.send("PUT", "/api/customers/c-1", { ...ANN, lastName: "Twice" });
    return [answer.status, (await answer.json()).version, answer.headers.get("x-deduplicated")];
  }));
  assert.deepEqual(answers.map(([status, version]) => [status, version]), answers.map(() => [200, 2]));
  assert.ok(answers.some(([, , mark]) => mark === "true"), JSON.stringify(answers));
  await ask(204, "DELETE", "/api/customers/c-1");
  const types = (await told("c-1", "customer.deleted")).map(({ type }) => type);
  assert.equal(types.filter((type) => type === "customer.updated").length, 1);
});

Deno.test("S4-3 S4-7 S4-17 a customer is read from memory, then from the answer made ahead, and never stale", async () => {
  const { api, ask, make, act, told } = setup();
  await act("customer-projection", "pause");
  await make({ id: "c-1" });
  const read = async (headers?: Record<string, string>) => {
    const answer = await ask(200, "GET", "/api/customers/c-1", undefined, headers);
    return { cache: answer.headers.get("x-cache"), tag: answer.headers.get("etag")!, name: answer.body.lastName };
  };
  const first = await read();
  assert.deepEqual(first, { ...first, cache: "miss", name: "Example" });
  assert.deepEqual(await read(), { ...first, cache: "hit" });
  const known = await ask(304, "GET", "/api/customers/c-1", undefined, { "if-none-match": first.tag });
  assert.deepEqual([known.body, known.headers.get("etag"), known.headers.get("x-cache")], [null, first.tag, "hit"]);
  await ask(200, "PATCH", "/api/customers/c-1", { lastName: "Changed" });
  const storm = await Promise.all(Array.from({ length: 20 }, () => read()));
  assert.deepEqual(new Set(storm.map(({ name }) => name)), new Set(["Changed"]));
  assert.equal(storm.filter(({ cache }) => cache === "miss").length, 1, "one read for all of them");
  await ask(200, "GET", "/api/customers/c-1", undefined, { "if-none-match": first.tag });
  await act("customer-projection", "resume");
  const { data } = (await told("c-1", "customer.cached")).at(-1)!;
  assert.deepEqual(data, { id: "c-1", version: 2 });
  const ahead = await read({ "cache-control": "no-cache" });
  assert.deepEqual([ahead.cache, ahead.name, ahead.tag === first.tag], ["hit", "Changed", false]);
  assert.equal(await statusOf(api.send("HEAD", "/api/customers/c-1")), 200);
});

Deno.test("S4-4 S4-6 nobody waits for what follows from a change: the address is looked at, and the customer found, after the answer", async () => {
  const { ask, make, act, told } = setup();
  await act("customer-projection", "pause");
  const { body } = await make({ id: "c-1", email: "info@gmial.com" });
  assert.equal(body.deliverability, null);
  const found = async () => (await ask(200, "GET", "/api/customers?q=ann")).body.items;
  assert.deepEqual(await found(), []);
  await act("customer-projection", "resume");
  const flagged = (await told("c-1", "customer.flagged")).at(-1)!;
  const reasons = ["role-address", "misspelt-domain"];
  assert.deepEqual(flagged.data, { id: "c-1", version: 1, verdict: "doubtful", reasons });
  const [one, ...others] = await until("the customer is found", async () => {
    const items = await found();
    return items.length > 0 ? items : undefined;
  });
  assert.deepEqual([one.id, one.deliverability, others], [
    "c-1",
    { verdict: "doubtful", reasons, suggestion: "gmail.com" },
    [],
  ]);
});

Deno.test("S4-8 S4-55 what becomes of a customer is told from end to end: created, cached, updated, deleted", async () => {
  const { api, ask, make } = setup();
  const types: string[] = [];
  let seen = 0;
  const next = async (type: string) => {
    const events = await api.eventsSince(seen, (event) => event.type === type);
    types.push(...events.filter(({ subject }) => subject === "customer/c-1").map(({ type }) => type));
    seen = events.at(-1)!.number;
  };
  await make({ id: "c-1" });
  await next("customer.cached");
  await ask(200, "PATCH", "/api/customers/c-1", { lastName: "Other" });
  await next("customer.cached");
  await ask(204, "DELETE", "/api/customers/c-1");
  await next("customer.deleted");
  assert.deepEqual(types, [
    ...["customer.created", "customer.cached"],
    ...["customer.updated", "customer.cached", "customer.deleted"],
  ]);
});

Deno.test("S4-63 DELETE forgets a customer, with all that followed from it", async () => {
  const { server, ask, make, told } = setup();
  await make({ id: "c-1" });
  await told("c-1", "customer.cached");
  const rows = () =>
    ["customers", "customer_answers", "customer_terms", "actors"].map((table) =>
      rowsOf(server, `select 1 from ${table} where tenant = ?`, server.tenant).length
    );
  assert.deepEqual(rows(), [1, 1, 3, 1]);
  await ask(204, "DELETE", "/api/customers/c-1");
  assert.deepEqual(rows(), [0, 0, 0, 0]);
  await ask(404, "GET", "/api/customers/c-1");
  await ask(404, "DELETE", "/api/customers/c-1");
  assert.deepEqual((await ask(200, "GET", "/api/customers")).body.items, []);
  const anew = await make({ id: "c-1" });
  assert.equal(anew.body.version, 1);
  const { data } = (await told("c-1", "customer.deleted")).at(-1)!;
  assert.deepEqual(data, { id: "c-1" });
});

const BROKEN: readonly (readonly [rule: string, details: object, pointer: string])[] = [
  ["has no address", { email: undefined }, "/email"],
  ["has no e-mail address", { email: "ann" }, "/email"],
  ["has two addresses", { email: "a@x.example, b@x.example" }, "/email"],
  ["has too long an address", { email: `${"a".repeat(65)}@x.example` }, "/email"],
  ["has no first name", { firstName: " " }, "/firstName"],
  ["has too long a last name", { lastName: "x".repeat(81) }, "/lastName"],
  ["has a name of two lines", { lastName: "x\nBcc: y" }, "/lastName"],
  ["has an id that is a path", { id: "../x" }, "/id"],
  ["has what no customer has", { name: "Ann" }, ""],
];

Deno.test("S4-47 a customer keeps to the rules, and whoever breaks one is told which", async (t) => {
  const { ask, make } = setup();
  await make({ id: "c-1" });
  for (const [rule, details, pointer] of BROKEN) {
    await t.step(`who ${rule} is refused`, async () => {
      const { body, headers } = await ask(422, "POST", "/api/customers", { ...ANN, id: "c-2", ...details });
      assert.equal(headers.get("content-type"), "application/problem+json");
      assert.equal(body.errors[0].pointer, pointer);
      if ("id" in details) return;
      await ask(422, "PUT", "/api/customers/c-1", { ...ANN, ...details });
      if (!("email" in details && details.email === undefined)) await ask(422, "PATCH", "/api/customers/c-1", details);
    });
  }
  await t.step("two customers have not one address, in whatever capitals", async () => {
    await make({ id: "c-3", email: "bob@customers.example" });
    const taken = { email: "ANN@Customers.example" };
    const answers = [
      await ask(409, "POST", "/api/customers", { ...ANN, ...taken }),
      await ask(409, "PUT", "/api/customers/c-3", { ...ANN, ...taken }),
      await ask(409, "PATCH", "/api/customers/c-3", taken),
    ];
    for (const { body } of answers) assert.equal(body.errors[0].pointer, "/email");
    await ask(200, "PATCH", "/api/customers/c-1", taken);
    await ask(204, "DELETE", "/api/customers/c-1");
    await ask(200, "PATCH", "/api/customers/c-3", taken);
  });
});

Deno.test("S4-15 a command waits for its turn in the customer's mailbox, and a query does not", async () => {
  const { ask, make, act } = setup();
  await make({ id: "c-1" });
  await act("customer", "pause");
  const commands = ["One", "Two"].map((lastName) => ask(200, "PATCH", "/api/customers/c-1", { lastName }));
  await until("both are in the mailbox", async () => {
    const { body } = await ask(200, "GET", "/api/actors/customer/c-1");
    return body.mailboxDepth === 2 ? true : undefined;
  });
  assert.equal((await ask(200, "GET", "/api/customers/c-1")).body.lastName, "Example");
  await act("customer", "resume");
  const versions = (await Promise.all(commands)).map(({ body }) => body.version);
  assert.equal(Math.max(...versions), 3);
  assert.equal((await ask(200, "GET", "/api/customers/c-1")).body.version, 3);
});

Deno.test("S4-64 of the two spellings one is served, and documented", async () => {
  const { ask, make } = setup();
  await make({ id: "c-1" });
  await ask(200, "GET", "/api/customers/c-1");
  await ask(404, "GET", "/api/customer/c-1");
  const { body } = await ask(200, "GET", "/openapi.json");
  const paths = Object.keys(body.paths).filter((path) => /customers?(\/|$)/.test(path));
  assert.deepEqual(paths, ["/api/customers", "/api/customers/{id}"]);
});
