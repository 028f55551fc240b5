import assert from "node:assert/strict";
import { type Example, examplesOf } from "../support/access_examples.ts";
import { NOTHING } from "../support/access_things.ts";
import { type AccessRig, type Answer, setupAccess } from "../support/access_rig.ts";
import { setupApp } from "../support/test_app.ts";

/*
 * Every route of the router that may change something leaves one row in the audit log where it does, and none where it
 * does not. What it should say stands in the examples; a route without one fails.
 */

const { app } = setupApp();
const operations = new Map<string, string | undefined>(
  app.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== "route") return [];
    const { method, path, operationId } = definition.route;
    return [[`${method.toUpperCase()} ${path.replaceAll(/{(\w+)}/g, ":$1")}`, operationId] as const];
  }),
);
const routes = new Map(
  app.routes.filter(({ method }) => !["ALL", "GET", "HEAD"].includes(method))
    .map((route) => [`${route.method} ${route.path}`, route]),
);

for (const [name, route] of routes) {
  Deno.test(`${name} leaves one row in the audit log when it changes something, and none when it is refused`, async () => {
    for (const example of examplesOf(route)) {
      await using rig = await setupAccess();
      await tryDone(rig, { method: route.method, action: operations.get(name)!, example });
    }
  });
}

interface Tried {
  readonly method: string;
  readonly action: string;
  readonly example: Example;
}

async function tryDone(rig: AccessRig, { method, action, example }: Tried): Promise<void> {
  const { access, audited, status, call, given } = example;
  assert.ok(access !== "anyone" && audited !== undefined, "its row in the table of examples says what is audited");
  const thing = await given?.(rig, "acme") ?? NOTHING;
  const other = await given?.(rig, "beta") ?? NOTHING;
  const before = await rig.auditOf("acme");
  const send = async (target: typeof thing, role: typeof access, more: Readonly<Record<string, string>> = {}) =>
    await rig.send({ method, ...call(target) }, { ...await rig.as(role, "acme"), "X-Request-Id": "asked", ...more });

  await send(thing, access, { Authorization: "Bearer a.b.c" });
  await send(thing, "viewer", { "X-Tenant": "beta" });
  if (example.leads) { for (const target of [NOTHING, other]) await send(target, access); }
  assert.deepEqual(await rig.auditOf("acme"), before, "what is refused leaves no row");

  const rows = rig.rowsOf();
  const { text, ...answer } = await send(thing, access);
  assert.equal(answer.status, status, text);
  if (audited === "never") return assert.equal(rig.rowsOf(), rows, "what changes nothing leaves no row");
  const [row, ...further] = (await rig.auditOf("acme")).slice(before.length);
  assert.ok(row !== undefined, "it leaves a row");
  assert.deepEqual(further, []);
  const { id: _, at, ...told } = row;
  const subject = audited(thing, text);
  const by = `${access}@acme`;
  assert.deepEqual(told, { by, role: access, action, subject, address: "", requestId: "asked" });
  assert.ok(Math.abs(at - rig.node.system.now()) < 60_000);
  assert.deepEqual((await rig.auditOf("beta")).filter(({ requestId }) => requestId === "asked"), []);
}

const JSON_TYPE = { "content-type": "application/json" };
const greeting = { type: "echo", payload: { text: "a" } };

async function asks(rig: AccessRig, role: Parameters<AccessRig["as"]>[0] = "platform") {
  const own = await rig.as(role, "acme");
  return (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    rig.send({ method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }, {
      ...JSON_TYPE,
      ...own,
      ...headers,
    });
}

const actionsOf = async (rig: AccessRig) => (await rig.auditOf("acme")).map(({ action }) => action);

Deno.test("what changes nothing leaves no row: a repeat, a held job, a second pause", async () => {
  await using rig = await setupAccess();
  const ask = await asks(rig);
  const key = { "Idempotency-Key": "one" };
  for (const status of [201, 201]) assert.equal((await ask("POST", "/api/jobs", greeting, key)).status, status);
  const later = { ...greeting, delayMs: 60_000, dedupeKey: "one" };
  for (const status of [201, 200]) assert.equal((await ask("POST", "/api/jobs", later)).status, status);
  const batch = { jobs: [later, later] };
  assert.equal((await ask("POST", "/api/jobs/batch", batch)).status, 201);
  assert.deepEqual(await actionsOf(rig), ["submitJob", "submitJob"]);

  const pauses = Array.from({ length: 5 }, () => ask("POST", "/api/kinds/echo/pause"));
  assert.ok((await Promise.all(pauses)).every(({ status }) => status === 200));
  assert.deepEqual((await actionsOf(rig)).slice(2), ["pauseKind"]);
  assert.equal((await ask("POST", "/api/kinds/tally/resume")).status, 200);
  assert.deepEqual((await actionsOf(rig)).slice(3), []);

  const partly = await ask("POST", "/api/jobs/batch", { jobs: [later, greeting, greeting] });
  const { items } = JSON.parse(partly.text);
  assert.equal((await rig.auditOf("acme")).at(-1)!.subject, `job/${items[1].id} +2`);
});

Deno.test("GET /api/audit answers the caller's tenant by page, newest first, for who, what, on which subject and when", async () => {
  await using rig = await setupAccess();
  const ask = await asks(rig, "admin");
  const beta = await rig.as("operator", "beta");
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.push(JSON.parse((await ask("POST", "/api/jobs", greeting)).text).id);
  await ask("POST", "/api/kinds/echo/pause", undefined, await rig.as("platform", "acme"));
  await rig.send({ method: "POST", path: "/api/jobs", body: JSON.stringify(greeting) }, { ...JSON_TYPE, ...beta });
  const page = async (query: string) => JSON.parse((await ask("GET", `/api/audit?${query}`)).text);
  const subjects = async (query: string) =>
    (await page(query)).items.map(({ subject }: { subject: string }) => subject);

  const all = ["kind/echo", ...ids.toReversed().map((id) => `job/${id}`)];
  assert.deepEqual(await subjects(""), all);
  const first = await page("limit=4");
  assert.deepEqual(await subjects(`limit=4&cursor=${first.nextCursor}`), all.slice(4));
  assert.equal((await page(`limit=2&cursor=${first.nextCursor}`)).nextCursor, null);
  assert.deepEqual(Object.keys(first.items[0]), ["at", "by", "role", "action", "subject", "address", "requestId"]);
  assert.deepEqual(await subjects("by=platform@acme"), ["kind/echo"]);
  assert.deepEqual(await subjects("action=submitJob"), all.slice(1));
  assert.deepEqual(await subjects(`subject=job/${ids[2]}`), [`job/${ids[2]}`]);
  assert.deepEqual(await subjects("by=platform@acme&action=submitJob"), []);
  const { at } = (await page("")).items[0];
  assert.deepEqual(await subjects(`to=2020-01-01T00:00:00Z`), []);
  assert.ok((await subjects(`from=${at}`)).includes("kind/echo"));
  assert.ok(!(await subjects(`to=${at}`)).includes("kind/echo"));
  assert.equal((await ask("GET", "/api/audit?cursor=MQ")).status, 400);
  assert.equal((await ask("GET", "/api/audit?whoever=ada")).status, 422);
});

Deno.test("a command on another tenant's behalf leaves its row there, and says so in its role", async () => {
  await using rig = await setupAccess();
  const headers = { ...await rig.as("platform", "ops"), "X-Tenant": "acme" };
  await rig.send({ method: "POST", path: "/api/kinds/echo/pause" }, headers);
  const rows = await rig.auditOf("acme");
  assert.deepEqual(rows.map(({ by, role }) => [by, role]), [["platform@ops", "platform"]]);
  assert.deepEqual(await rig.auditOf("ops"), []);
});
