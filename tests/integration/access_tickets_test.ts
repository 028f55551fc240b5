import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { passes } from "../../runtime/mod.ts";
import { call, GREETING, type Headers, makeKey } from "../support/access_calls.ts";
import { type AccessRig, setupAccess } from "../support/access_rig.ts";
import { setup } from "../support/test_system.ts";

const STREAM = "/api/notifications/stream";

async function ticketOf(rig: AccessRig, headers: Headers): Promise<string> {
  const { status, text } = await call(rig, headers, ["POST", "/api/notifications/tickets"]);
  assert.equal(status, 201, text);
  return JSON.parse(text).ticket;
}

const get = (rig: AccessRig, path: string) => call(rig, {}, ["GET", path]);

Deno.test("a ticket opens one event stream of its tenant, once", async () => {
  await using rig = await setupAccess();
  const operator = await rig.as("operator", "acme");
  const { text } = await call(rig, operator, ["POST", "/api/jobs", GREETING]);
  await rig.node.quiet();
  const ticket = await ticketOf(rig, operator);
  assert.match(ticket, /^[\w-]{43}$/);
  assert.ok(!rig.rowsOf().includes(ticket));

  const first = await get(rig, `${STREAM}?lastEventId=0&ticket=${ticket}`);
  assert.equal(first.status, 200);
  assert.match(first.text, /job\.succeeded/);
  const nobody = await get(rig, STREAM);
  assert.equal(nobody.status, 401);
  assert.equal((await get(rig, `${STREAM}?lastEventId=0&ticket=${ticket}`)).bytes, nobody.bytes);
  assert.equal(
    (await get(rig, `/api/jobs/${JSON.parse(text).id}/stream?ticket=${await ticketOf(rig, operator)}`)).status,
    200,
  );

  const shared = await ticketOf(rig, operator);
  const all = await Promise.all([1, 2, 3].map(() => get(rig, `${STREAM}?lastEventId=0&ticket=${shared}`)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, 401, 401]);
});

Deno.test("a ticket is for 30 s, for streams alone, and for its own tenant, whoever asked for it", async () => {
  await using rig = await setupAccess();
  const platform = await rig.as("platform", "acme");
  assert.equal((await get(rig, `/api/jobs?ticket=${await ticketOf(rig, platform)}`)).status, 401);
  assert.equal((await get(rig, `/api/session?ticket=${await ticketOf(rig, platform)}`)).status, 401);
  assert.equal((await get(rig, `${STREAM}?tenant=beta&ticket=${await ticketOf(rig, platform)}`)).status, 403);
  const late = await ticketOf(rig, platform);
  rig.pass(30_000);
  assert.equal((await get(rig, `${STREAM}?ticket=${late}`)).status, 401);
});

Deno.test("nothing that lasts opens a stream from a URL", async () => {
  await using rig = await setupAccess();
  const { key } = await makeKey(rig);
  const token = (await rig.as("viewer", "acme")).Authorization!.slice("Bearer ".length);
  for (const shown of [key, token]) {
    for (const name of ["ticket", "token", "access_token", "key"]) {
      assert.equal((await get(rig, `${STREAM}?${name}=${shown}`)).status, 401);
    }
  }
});

Deno.test("what a ticket has opened ends with the key that asked for it, and no ticket outlives its key or session", async () => {
  await using rig = await setupAccess();
  const admin = await rig.as("admin", "acme");
  const made = await makeKey(rig);
  const [used, unused] = [await ticketOf(rig, made.bearer), await ticketOf(rig, made.bearer)];
  const { body } = await rig.fetch({ method: "GET", path: `${STREAM}?ticket=${used}` }, {});
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  const next = reader.read();
  await call(rig, admin, ["DELETE", `/api/keys/${made.id}`]);
  assert.deepEqual([(await next).value, (await reader.read()).done], ["retry: 1000\n\n", true]);
  assert.equal((await get(rig, `${STREAM}?ticket=${unused}`)).status, 401);

  const { headers } = await rig.fetch({ method: "POST", path: "/api/session" }, admin);
  const own = { Cookie: headers.getSetCookie()[0]!.split(";")[0]!, "Sec-Fetch-Site": "same-origin" };
  const orphan = await ticketOf(rig, own);
  assert.equal((await call(rig, own, ["DELETE", "/api/session"])).status, 204);
  assert.equal((await get(rig, `${STREAM}?ticket=${orphan}`)).status, 401);
});

Deno.test("where nobody has to sign in a ticket leads to the tenant that it was asked for", async () => {
  await using rig = await setupAccess({ isOpen: true });
  const acme = { "X-Tenant": "acme" };
  await call(rig, acme, ["POST", "/api/jobs", GREETING]);
  await rig.node.quiet();
  const { status, text } = await get(rig, `${STREAM}?lastEventId=0&ticket=${await ticketOf(rig, acme)}`);
  assert.equal(status, 200);
  assert.match(text, /job\.succeeded/);
});

Deno.test("a pass that is over is removed", async () => {
  // Retention looks every 5 s.
  const clock = { ...systemClock, after: (ms: number, fire: () => void) => systemClock.after(ms / 50, fire) };
  await using node = await setup({ clock, keptMs: { passes: 0 } });
  const { system, recorder } = node;
  const swept = recorder.next("rows.swept", ({ what }) => what === "passes");
  const own = {
    purpose: "ticket",
    subject: "ann",
    role: "viewer",
    keyId: null,
    keyHash: null,
    parent: null,
    endsAt: null,
  };
  const issue = (hash: string, expiresAt: number) => ({
    tables: passes.name,
    write: passes.writes.issued.name,
    args: { ...own, hash, expiresAt },
  });
  const rows = [issue("over", 1), issue("open", system.now() + 3_600_000)];
  await system.write("acme", { rows, events: [], blobs: [], actors: [] });
  await swept;
  const left = await Promise.all(["over", "open"].map((hash) => system.point("acme", passes.queries.shown, { hash })));
  assert.deepEqual(left.map((pass) => pass?.hash), [undefined, "open"]);
});
