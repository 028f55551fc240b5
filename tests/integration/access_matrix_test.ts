import assert from "node:assert/strict";
import type { RouterRoute } from "hono/types";
import { hasRole, ROLES } from "../../routes/access/principal.ts";
import { type Example, examplesOf, EXEMPLIFIED, isPageFile } from "../support/access_examples.ts";
import { NOTHING, type Thing } from "../support/access_things.ts";
import { type AccessRig, type Answer, setupAccess } from "../support/access_rig.ts";
import { setupApp } from "../support/test_app.ts";
import { bearer } from "../support/tokens.ts";

/*
 * Every route of the router, called by every role, by nobody and with a wrong token, about a thing of the own tenant, of
 * another one and of none. The callers' tenant is acme, the other one beta.
 */

type Headers = Readonly<Record<string, string>>;

interface Caller {
  readonly name: string;
  readonly headers: Headers;
  /** Put to the query string. */
  readonly query?: string;
}

/** What was answered before is not what a query finds now: the same answer again would hide what another tenant has made since. */
const UNSHARED = { "Cache-Control": "no-cache" };
/** Where wrong tokens come many at a time, none is looked at for a while. */
const UNTIL_LOOKED_AT_MS = 60_000;

const { app } = setupApp();
const routes = new Map(
  app.routes.filter(({ method }) => method !== "ALL").map((route) => [`${route.method} ${route.path}`, route]),
);

const guarded = [...routes].filter(([, route]) => !isPageFile(route));
const [reading, writing] = [true, false].map((reads) =>
  guarded.filter(([, { method }]) => (method === "GET") === reads)
);

const HALVES = {
  "refuses who may not call it, whatever they ask for, and nothing changes": async (rig, { method }, example) => {
    if (example.access !== "anyone") await tryRefused(rig, method, example);
  },
  "serves who may call it, and another tenant's thing is as none": (rig, { method }, example) =>
    tryServed(rig, method, example),
} satisfies Record<string, (rig: AccessRig, route: RouterRoute, example: Example) => Promise<void>>;

for (const [does, attempt] of Object.entries(HALVES)) {
  for (const [name, route] of writing!) {
    Deno.test(`${name} ${does}`, async () => {
      for (const example of examplesOf(route)) {
        await using rig = await setupAccess();
        await attempt(rig, route, example);
      }
    });
  }

  // What only reads leaves nothing behind that the next could meet, so all of it is asked of one node.
  Deno.test(`every route that reads ${does}`, async (test) => {
    await using rig = await setupAccess();
    for (const [name, route] of reading!) {
      rig.pass(UNTIL_LOOKED_AT_MS);
      await test.step(name, async () => {
        for (const example of examplesOf(route)) await attempt(rig, route, example);
      });
    }
  });
}

Deno.test("the files of the page are served to anyone", async () => {
  await using rig = await setupAccess();
  const files = [...routes.values()].filter(isPageFile);
  assert.ok(files.length > 30);
  for (const file of files) {
    for (const example of examplesOf(file)) await tryServed(rig, file.method, example);
  }
});

Deno.test("every row of the table of examples is of a route", () => {
  assert.deepEqual(EXEMPLIFIED.filter((name) => !routes.has(name)), []);
});

async function tryRefused(rig: AccessRig, method: string, example: Example): Promise<void> {
  const things = [await make(rig, example, "acme"), await make(rig, example, "beta"), NOTHING];
  const before = rig.rowsOf();
  const refuse = async (caller: Caller, status: number): Promise<string> => {
    const answers = await Promise.all(things.map((thing) => send(rig, { method, example, thing, caller })));
    for (const answer of answers) {
      assert.equal(answer.status, status, `${caller.name}: ${answer.text}`);
      assert.equal(answer.bytes, answers[0]!.bytes, `${caller.name} learns nothing of what it asks for`);
    }
    return answers[0]!.bytes;
  };
  const nobody = await refuse({ name: "nobody", headers: {} }, 401);
  assert.equal(await refuse({ name: "a wrong token", headers: bearer("a.b.c") }, 401), nobody);
  for (const caller of await tooSmall(rig, example)) await refuse(caller, 403);
  assert.equal(rig.rowsOf(), before);
  assert.deepEqual(rig.errors, []);
}

async function tryServed(rig: AccessRig, method: string, example: Example): Promise<void> {
  const callers = await largeEnough(rig, example);
  const everyone = async (thing: Thing) =>
    await Promise.all(callers.map(async (caller) => await send(rig, { method, example, thing, caller })));
  await make(rig, example, "acme");
  const none = await everyone(NOTHING);
  const other = await make(rig, example, "beta");
  const before = rig.rowsOf("beta");
  for (const [index, answer] of (await everyone(other)).entries()) {
    if (example.ofServer) continue;
    const { name } = callers[index]!;
    assert.equal(answer.bytes, none[index]!.bytes, `${name} sees no difference`);
    assert.ok(other === NOTHING || !answer.text.includes(other.mark), `${name} is told nothing of another tenant`);
    if (example.leads) assert.equal(answer.status, 404, `${name}: ${answer.text}`);
  }
  for (const caller of callers) {
    const own = await make(rig, example, "acme");
    expectShown(await send(rig, { method, example, thing: own, caller }), { example, thing: own, caller });
  }
  assert.equal(rig.rowsOf("beta"), before, "nothing of another tenant changes");

  const caller = {
    name: "platform that names beta",
    headers: { ...await rig.as("platform", "acme"), "X-Tenant": "beta" },
  };
  expectShown(await send(rig, { method, example, thing: other, caller }), { example, thing: other, caller });
  assert.deepEqual(rig.errors, []);
}

function expectShown(
  { status, text }: Answer,
  { example, thing, caller }: { example: Example; thing: Thing; caller: Caller },
): void {
  assert.equal(status, example.status, `${caller.name}: ${text}`);
  if (example.shows) assert.ok(text.includes(thing.mark), `${caller.name} does not see its own: ${text}`);
}

function make(rig: AccessRig, { given }: Example, tenant: string): Promise<Thing> {
  return given === undefined ? Promise.resolve(NOTHING) : given(rig, tenant);
}

interface Sent {
  readonly method: string;
  readonly example: Example;
  readonly thing: Thing;
  readonly caller: Caller;
}

function send(rig: AccessRig, { method, example, thing, caller: { headers, query } }: Sent): Promise<Answer> {
  const { path, ...call } = example.call(thing);
  const named = query === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`;
  return rig.send({ method, path: named, ...call }, { ...headers, ...UNSHARED });
}

/** Whose role is too small, and who would be served but for the tenant that they name. */
async function tooSmall(rig: AccessRig, { access }: Example): Promise<readonly Caller[]> {
  if (access === "anyone") return [];
  const callers: Caller[] = [];
  for (const role of ROLES.filter((role) => role !== "platform")) {
    const headers = await rig.as(role, "acme");
    if (!hasRole({ role }, access)) callers.push({ name: role, headers });
    callers.push({ name: `${role} that names beta`, headers: { ...headers, "X-Tenant": "beta" } });
    callers.push({ name: `${role} that asks for beta`, headers, query: "tenant=beta" });
  }
  return callers;
}

async function largeEnough(rig: AccessRig, { access }: Example): Promise<readonly Caller[]> {
  const nobody = [{ name: "nobody", headers: {} }, { name: "a wrong token", headers: bearer("a.b.c") }];
  const elsewhere = { ...await rig.as("platform", "ops"), "X-Tenant": "acme" };
  const callers: Caller[] = access === "anyone" ? nobody : [];
  for (const role of ROLES) {
    if (access === "anyone" || hasRole({ role }, access)) {
      callers.push({ name: role, headers: await rig.as(role, "acme") });
    }
  }
  return [...callers, { name: "platform that names acme", headers: elsewhere }];
}
