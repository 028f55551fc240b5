import assert from "node:assert/strict";
import { call, GREETING, type Headers, JSON_TYPE, makeKey } from "../support/access_calls.ts";
import { type AccessRig, setupAccess } from "../support/access_rig.ts";
import { ORIGIN } from "../support/test_app.ts";

const HOUR_MS = 3_600_000;
const JOBS = ["GET", "/api/jobs"] as const;
const OWN_PAGE = { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" };

/** What a browser sends along after signing in, and what it was told to keep. */
async function signIn(
  rig: AccessRig,
  bearer: Headers,
  headers: Headers = OWN_PAGE,
): Promise<{ cookie: Headers; set: string }> {
  const { status, headers: told } = await rig.fetch({ method: "POST", path: "/api/session" }, {
    ...bearer,
    ...headers,
  });
  assert.equal(status, 200);
  const [set, ...more] = told.getSetCookie();
  assert.deepEqual(more, []);
  return { cookie: { Cookie: set!.split(";")[0]! }, set: set! };
}

Deno.test("a token becomes a cookie that scripts do not see, and the pages of the server need nothing else", async () => {
  await using rig = await setupAccess();
  const { cookie, set } = await signIn(rig, await rig.as("operator", "acme"));
  const value = cookie.Cookie!.slice("mailroom=".length);
  assert.match(set, /^mailroom=[\w-]{43}; Max-Age=3\d{3}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.ok(!rig.rowsOf().includes(value));

  assert.equal((await call(rig, { ...cookie, ...OWN_PAGE }, ["POST", "/api/jobs", GREETING])).status, 201);
  assert.equal((await call(rig, { ...cookie, "X-Tenant": "beta" }, JOBS)).status, 403);
  assert.equal((await call(rig, cookie, ["GET", "/api/keys"])).status, 403);
  const { expiresAt, ...who } = JSON.parse((await call(rig, cookie, ["GET", "/api/session"])).text);
  assert.deepEqual(who, { tenant: "acme", subject: "operator@acme", role: "operator", shown: "session" });
  assert.ok(Date.parse(expiresAt) - Date.now() <= HOUR_MS + 5_000);
  assert.equal((await call(rig, { Authorization: `Bearer ${value}` }, JOBS)).status, 401);
});

Deno.test("by TLS the cookie is bound to the host, and no other one counts", async () => {
  await using rig = await setupAccess();
  const tls = { Origin: ORIGIN.replace("http:", "https:"), "Sec-Fetch-Site": "same-origin" };
  const { cookie, set } = await signIn(rig, await rig.as("operator", "acme"), tls);
  assert.match(set, /^__Host-mailroom=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  assert.equal((await call(rig, { ...cookie, ...tls }, ["POST", "/api/jobs", GREETING])).status, 201);
  const plain = { Cookie: cookie.Cookie!.replace("__Host-", "") };
  assert.equal((await call(rig, { ...plain, ...tls }, ["POST", "/api/jobs", GREETING])).status, 401);
});

Deno.test("with a cookie nothing changes but from the server's own pages, and nothing a form can send", async () => {
  await using rig = await setupAccess();
  const { cookie } = await signIn(rig, await rig.as("operator", "acme"));
  const before = rig.rowsOf();
  const send = async (headers: Headers, type: Headers = JSON_TYPE) =>
    (await rig.send({ method: "POST", path: "/api/jobs", body: JSON.stringify(GREETING), headers: type }, {
      ...cookie,
      ...headers,
    })).status;
  assert.equal(await send({}), 403);
  assert.equal(await send({ "Sec-Fetch-Site": "none" }), 403);
  assert.equal(await send({ "Sec-Fetch-Site": "same-site", Origin: ORIGIN }), 403);
  assert.equal(await send({ "Sec-Fetch-Site": "cross-site", Origin: "https://elsewhere.example" }), 403);
  assert.equal(await send({ Origin: "http://127.0.0.1:9000" }), 403);
  assert.equal(await send({ Origin: "null" }), 403);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    assert.equal(await send(OWN_PAGE, { "content-type": type }), 415);
  }
  for (const site of ["same-site", "cross-site"]) {
    assert.equal((await call(rig, { ...cookie, "Sec-Fetch-Site": site }, JOBS)).status, 403);
  }
  assert.equal(rig.rowsOf(), before);
  assert.equal(await send({ Origin: ORIGIN }), 201);
  assert.equal((await call(rig, { ...cookie, "Sec-Fetch-Site": "none" }, JOBS)).status, 200);
});

Deno.test("of a bearer token and a cookie the token counts, whatever it is worth", async () => {
  await using rig = await setupAccess();
  const { cookie } = await signIn(rig, await rig.as("admin", "acme"));
  assert.equal((await call(rig, { ...cookie, ...await rig.as("viewer", "acme") }, ["GET", "/api/keys"])).status, 403);
  assert.equal((await call(rig, { ...cookie, Authorization: "Bearer a.b.c" }, JOBS)).status, 401);
  assert.equal((await call(rig, { ...cookie, Authorization: "" }, JOBS)).status, 401);
  // No session begets another.
  const answer = await rig.fetch({ method: "POST", path: "/api/session" }, { ...cookie, ...OWN_PAGE });
  assert.deepEqual([answer.status, answer.headers.getSetCookie()], [401, []]);
});

Deno.test("signing out ends the session for good, its streams too, and clears the cookie", async () => {
  await using rig = await setupAccess();
  const { cookie } = await signIn(rig, await rig.as("viewer", "acme"));
  const { body } = await rig.fetch({ method: "GET", path: "/api/notifications/stream" }, cookie);
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  const next = reader.read();
  const out = await rig.fetch({ method: "DELETE", path: "/api/session" }, { ...cookie, ...OWN_PAGE });
  assert.deepEqual([out.status, out.headers.getSetCookie()], [204, ["mailroom=; Max-Age=0; Path=/"]]);
  assert.deepEqual([(await next).value, (await reader.read()).done], ["retry: 1000\n\n", true]);
  assert.equal((await call(rig, cookie, JOBS)).status, 401);
  const acts = (await rig.auditOf("acme")).map(({ action, subject }) => [action, subject]);
  assert.deepEqual(acts, ["openSession", "closeSession"].map((action) => [action, "session/viewer@acme"]));
  await rig.restart();
  assert.equal((await call(rig, cookie, JOBS)).status, 401);
});

Deno.test("a session lasts 12 hours at most, and no longer than the key that it came from", async () => {
  await using rig = await setupAccess();
  const key = await makeKey(rig);
  const { cookie, set } = await signIn(rig, key.bearer);
  assert.match(set, /Max-Age=43(200|199);/);
  rig.pass(12 * HOUR_MS - 10_000);
  assert.equal((await call(rig, cookie, JOBS)).status, 200);
  rig.pass(10_000);
  assert.equal((await call(rig, cookie, JOBS)).status, 401);

  const admin = await rig.as("admin", "acme");
  const ended = await signIn(rig, key.bearer);
  assert.equal((await call(rig, ended.cookie, JOBS)).status, 200);
  const rotated = await call(rig, admin, ["POST", `/api/keys/${key.id}/rotate`, {
    graceMs: 5_000,
  }]);
  assert.equal(rotated.status, 200);
  assert.equal((await call(rig, ended.cookie, JOBS)).status, 200);
  rig.pass(5_000);
  assert.equal((await call(rig, ended.cookie, JOBS)).status, 401);
  const again = await signIn(rig, { Authorization: `Bearer ${JSON.parse(rotated.text).key}` });
  assert.equal((await call(rig, again.cookie, JOBS)).status, 200);
  assert.equal((await call(rig, admin, ["DELETE", `/api/keys/${key.id}`])).status, 204);
  assert.equal((await call(rig, again.cookie, JOBS)).status, 401);
});

Deno.test("sessions survive a restart, and keep the scopes of their key", async () => {
  await using rig = await setupAccess();
  const scopes = ["sessions", "jobs"];
  const { cookie } = await signIn(rig, (await makeKey(rig, { scopes })).bearer);
  await rig.restart();
  assert.equal((await call(rig, cookie, JOBS)).status, 200);
  assert.equal((await call(rig, cookie, ["GET", "/api/dead-letters"])).status, 403);
});

Deno.test("where nobody has to sign in there is no session that could be one of everything later", async () => {
  await using rig = await setupAccess({ isOpen: true });
  assert.equal((await call(rig, {}, ["POST", "/api/session"])).status, 409);
  const { text } = await call(rig, {}, ["GET", "/api/session"]);
  assert.deepEqual(JSON.parse(text), {
    tenant: "demo",
    subject: "anonymous",
    role: "platform",
    shown: "nothing",
    expiresAt: null,
  });
});
