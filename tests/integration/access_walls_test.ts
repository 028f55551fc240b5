import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Role } from "../../routes/access/principal.ts";
import { type AccessRig, type Answer, setupAccess } from "../support/access_rig.ts";

type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

async function operatorOf(rig: AccessRig, tenant: string): Promise<Ask> {
  const own = await rig.as("operator", tenant);
  return (method, path, body, headers = {}) =>
    rig.send({
      method,
      path,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }, { "content-type": "application/json", ...own, ...headers });
}

const greeting = { type: "echo", payload: { text: "the same" } };
const idOf = ({ text }: Answer): string => JSON.parse(text).id;

Deno.test("an Idempotency-Key and a dedupe key are a tenant's own", async () => {
  await using rig = await setupAccess();
  const [acme, beta] = [await operatorOf(rig, "acme"), await operatorOf(rig, "beta")];
  const key = { "Idempotency-Key": "one" };
  const first = await beta("POST", "/api/jobs", greeting, key);
  const mine = await acme("POST", "/api/jobs", greeting, key);
  assert.deepEqual([first.status, mine.status], [201, 201]);
  assert.notEqual(idOf(mine), idOf(first));
  assert.ok(!mine.bytes.includes("idempotency-replayed"));
  assert.equal(idOf(await acme("POST", "/api/jobs", greeting, key)), idOf(mine));
  assert.equal((await acme("POST", "/api/jobs", { ...greeting, priority: 1 }, key)).status, 422);

  const later = { ...greeting, dedupeKey: "one", delayMs: 60_000 };
  const held = await beta("POST", "/api/jobs", later);
  assert.deepEqual([held.status, (await acme("POST", "/api/jobs", later)).status], [201, 201]);
  const again = await acme("POST", "/api/jobs", later);
  assert.equal(again.status, 200);
  assert.notEqual(idOf(again), idOf(held));
});

Deno.test("a cursor and a last event id of another tenant lead to one's own", async () => {
  await using rig = await setupAccess();
  const [acme, beta] = [await operatorOf(rig, "acme"), await operatorOf(rig, "beta")];
  const jobs = (count: number) => ({ jobs: Array.from({ length: count }, () => ({ ...greeting, delayMs: 60_000 })) });
  const mine = await acme("POST", "/api/jobs/batch", jobs(3));
  await beta("POST", "/api/jobs/batch", jobs(5));
  const { nextCursor } = JSON.parse((await beta("GET", "/api/jobs?limit=1")).text);
  const page = JSON.parse((await acme("GET", `/api/jobs?cursor=${nextCursor}`)).text);
  const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id).sort();
  assert.deepEqual(ids(page.items), ids(JSON.parse(mine.text).items));
  const { text } = await acme("GET", "/api/notifications/stream", undefined, { "Last-Event-ID": "0" });
  const told = [...text.matchAll(/"subject":"job\/(\w+)"/g)].map(([, id]) => ({ id: id! }));
  assert.deepEqual(ids(told), ids(page.items));
});

Deno.test("a list that was just read for one tenant is not given to another, nor to another role (S4-35)", async () => {
  await using rig = await setupAccess();
  for (const tenant of ["acme", "beta"]) await (await operatorOf(rig, tenant))("POST", "/api/jobs", greeting);
  await rig.node.quiet();
  const read = async (role: Role, tenant: string) =>
    await rig.send({ method: "GET", path: "/api/jobs" }, await rig.as(role, tenant));
  const mine = await read("viewer", "acme");
  assert.deepEqual(await read("viewer", "acme"), { ...mine, isShared: true });
  const theirs = await read("viewer", "beta");
  assert.deepEqual([theirs.isShared, theirs.text === mine.text], [false, false]);
  assert.deepEqual(await read("admin", "acme"), mine);
});

Deno.test("what another tenant has uploaded can be neither read nor removed by its name", async () => {
  await using rig = await setupAccess();
  const [acme, beta] = [await operatorOf(rig, "acme"), await operatorOf(rig, "beta")];
  const csv = { "content-type": "text/csv" };
  assert.equal((await beta("POST", "/api/jobs/import?dataset=people", "id,name\n1,Secret\n", csv)).status, 201);
  await rig.node.quiet();
  using file = new DatabaseSync(rig.node.path, { readOnly: true });
  const blob = String(file.prepare("select id from blobs where tenant = 'beta'").get()!.id);
  const before = rig.rowsOf("beta");

  const payload = { dataset: "people", format: "csv", blob };
  const thief = idOf(await acme("POST", "/api/jobs", { type: "import", payload, maxAttempts: 1 }));
  await rig.node.quiet();
  const job = await acme("GET", `/api/jobs/${thief}`);
  assert.equal(JSON.parse(job.text).status, "failed");
  assert.ok(!rig.rowsOf("acme").includes("Secret"));
  assert.equal((await acme("DELETE", `/api/dead-letters/${thief}`)).status, 204);
  assert.equal(rig.rowsOf("beta"), before);
});
