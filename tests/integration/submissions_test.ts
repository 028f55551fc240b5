import assert from "node:assert/strict";
import { GREETING, JSON_TYPE } from "../support/access_calls.ts";
import { type Example, examplesOf, EXEMPLIFIED } from "../support/access_examples.ts";
import { type AccessRig, setupAccess } from "../support/access_rig.ts";
import { NOTHING } from "../support/access_things.ts";

/*
 * What a tenant may hand in within a minute holds for every route that makes work: those of which the table of examples
 * says so are refused when nothing is left, and all others answer as ever.
 */

const DEED = { tenant: "ops", by: "test", rows: [] };
const LATER = { ...GREETING, delayMs: 86_400_000 };

async function limit(rig: AccessRig, submissionsPerMinute: number | null): Promise<void> {
  const { tenants } = rig.node.system;
  if (await tenants.get("acme") === null) await tenants.create({ id: "acme", name: "Acme" }, DEED);
  await tenants.change("acme", { settings: { submissionsPerMinute } }, DEED);
}

/** Nothing is left of what acme may hand in. */
async function exhaust(rig: AccessRig): Promise<void> {
  await limit(rig, null);
  await limit(rig, 1);
  const call = { method: "POST", path: "/api/jobs", headers: JSON_TYPE, body: JSON.stringify(LATER) };
  assert.equal((await rig.send(call, await rig.as("operator", "acme"))).status, 201);
}

async function asked(rig: AccessRig, method: string, { given, call, access }: Example) {
  await limit(rig, null);
  const thing = await given?.(rig, "acme") ?? NOTHING;
  await exhaust(rig);
  const before = rig.rowsOf("acme");
  const role = access === "anyone" ? "viewer" : access;
  const response = await rig.fetch({ method, ...call(thing) }, await rig.as(role, "acme"));
  await response.text();
  return { response, changed: rig.rowsOf("acme") !== before };
}

/** Time goes on while the parts of a request are stored, or the machine has much to do. */
function mustWait({ headers }: Response, seconds: number): void {
  const said = Number(headers.get("retry-after"));
  assert.ok(said <= seconds && said > seconds - 20, `${said}`);
}

const writing = EXEMPLIFIED.filter((name) => !name.startsWith("GET ")).flatMap((name) => {
  const [method, path] = name.split(" ") as [string, string];
  return examplesOf({ method, path }).map((example) => ({ name, method, example }));
});

for (const { name, method, example } of writing) {
  if (example.submits !== true) continue;
  Deno.test(`${name} is answered 429 when its tenant may hand in no more, and nothing of it is taken`, async () => {
    await using rig = await setupAccess();
    const { response, changed } = await asked(rig, method, example);
    assert.deepEqual([response.status, changed], [429, false]);
    mustWait(response, 60);
  });
}

Deno.test("what makes no work is answered when its tenant may hand in no more", async (test) => {
  await using rig = await setupAccess();
  for (const { name, method, example } of writing) {
    if (example.submits === true || example.ofServer === true) continue;
    await test.step(name, async () => {
      assert.equal((await asked(rig, method, example)).response.status, example.status);
    });
  }
});

Deno.test("actions by the line are taken as far as the tenant may, and the rest of them by the same ids later", async () => {
  await using rig = await setupAccess();
  await limit(rig, 600);
  const action = { type: "wash-purchased", customers: ["nobody"] };
  const body = Array.from({ length: 1_200 }, (_, index) => JSON.stringify({ id: `a-${index}`, ...action }));
  const send = async () =>
    await rig.fetch({
      method: "POST",
      path: "/api/customer-actions",
      headers: { "content-type": "application/x-ndjson" },
      body: body.join("\n"),
    }, await rig.as("operator", "acme"));
  const refused = await send();
  assert.equal(refused.status, 429);
  mustWait(refused, 41);
  assert.match((await refused.json()).detail, /^The tenant may .*\. 1000 of the first 1000 lines were accepted/);
  rig.pass(41_000);
  const { lines, accepted, repeated } = await (await send()).json();
  assert.deepEqual({ lines, accepted, repeated }, { lines: 1_200, accepted: 200, repeated: 1_000 });
});
