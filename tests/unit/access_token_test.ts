import assert from "node:assert/strict";
import { generateKeyPair } from "jose";
import { FakeClock } from "../support/fake_clock.ts";
import { readSse } from "../support/sse_reader.ts";
import { ORIGIN, problemIn, setupApp, START } from "../support/test_app.ts";
import { bearer, secretAuthentication, signToken, type TokenParts } from "../support/tokens.ts";

const NOW_S = START / 1_000;

async function setup() {
  const clock = new FakeClock(START);
  const app = setupApp({ clock, authentication: await secretAuthentication(clock) });
  return { ...app, sign: (parts?: TokenParts) => signToken(clock, parts) };
}

/** All of an answer that a client can tell it from another by. */
async function bytesOf(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id");
  return JSON.stringify([response.status, headers.sort(), await response.text()]);
}

Deno.test("a token that holds says whose data is read and who gave a command", async () => {
  const { get, post, system, sign } = await setup();
  const headers = bearer(await sign());
  assert.equal((await post("/api/jobs", { type: "greet", payload: { name: "Ada" } }, headers)).status, 201);
  assert.deepEqual(system.told.map(({ to, by }) => [to.tenant, by]), [["acme", "ann"]]);
  assert.equal((await (await get("/api/jobs", headers)).json()).items.length, 1);
  const other = bearer(await sign({ claims: { tenant: "beta" } }));
  assert.equal((await (await get("/api/jobs", other)).json()).items.length, 0);
});

const WRONG: Readonly<Record<string, TokenParts>> = {
  "is longer than 8,192 characters": { claims: { more: "x".repeat(6_200) } },
  "is signed with another secret": { key: new Uint8Array(32) },
  "is over": { claims: { exp: NOW_S - 6 } },
  "never ends": { claims: { exp: undefined } },
  "ends at no time": { claims: { exp: "tomorrow" } },
  "has not begun": { claims: { nbf: NOW_S + 6 } },
  "is of another issuer": { claims: { iss: "elsewhere" } },
  "is of no issuer": { claims: { iss: undefined } },
  "is for another audience": { claims: { aud: ["elsewhere", "nowhere"] } },
  "is for nobody": { claims: { aud: undefined } },
  "is signed by another algorithm with the same secret": { head: { alg: "HS512" } },
  "names no tenant": { claims: { tenant: undefined } },
  "names a tenant that cannot be one": { claims: { tenant: "../acme" } },
  "names the server's own tenant": { claims: { tenant: "system", role: "admin" } },
  "names several tenants": { claims: { tenant: ["acme", "beta"] } },
  "has no role": { claims: { role: undefined } },
  "has a role that there is not": { claims: { role: "root" } },
  "has a role like an object's own": { claims: { role: "constructor" } },
  "is nobody's": { claims: { sub: undefined } },
  "is an empty subject's": { claims: { sub: "" } },
  "is of a subject with a line break": { claims: { sub: "ann\nbob" } },
  "is of a subject beyond 200 characters": { claims: { sub: "a".repeat(201) } },
  "is of a subject that reads like the server": { claims: { sub: "system" } },
  "is of a subject that reads like an actor": { claims: { sub: "acme/counter/main" } },
  "needs what is not understood": { head: { crit: ["b64"], b64: false } as TokenParts["head"] & object },
};

for (const [what, parts] of Object.entries(WRONG)) {
  Deno.test(`a token that ${what} is answered 401 in the same bytes as none`, async () => {
    const { get, sign, errors } = await setup();
    const token = await sign(parts).catch(() => forged(parts));
    const refused = await get("/api/jobs", bearer(token));
    assert.equal(refused.headers.get("www-authenticate"), "Bearer");
    assert.equal(await bytesOf(refused), await bytesOf(await get("/api/jobs")));
    assert.deepEqual(errors, []);
  });
}

/** What the library refuses to sign. */
function forged({ head = {}, claims = {} }: TokenParts): string {
  const part = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
  return `${part({ alg: "HS256", ...head })}.${part(claims)}.AAAA`;
}

Deno.test("what is no token, or comes another way, is answered 401 in the same bytes as none", async () => {
  const { get, sign } = await setup();
  const token = await sign();
  const none = await bytesOf(await get("/api/jobs"));
  assert.match(none, /^\[401/);
  const [head, payload, signature] = token.split(".") as [string, string, string];
  const unsigned = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  const confused = await sign({ key: new TextEncoder().encode(JSON.stringify(await exported(publicKey))) });
  const headers = [
    { Authorization: "Bearer" },
    { Authorization: `Basic ${token}` },
    { Authorization: token },
    { Authorization: `Bearer ${token}, Bearer ${token}` },
    { Authorization: `Bearer ${token}x` },
    { Authorization: `Bearer ${head}.${payload}` },
    { Authorization: `Bearer ${head}.${payload}.` },
    { Authorization: `Bearer ${unsigned}.${payload}.` },
    { Authorization: `Bearer ${unsigned}.${payload}.${signature}` },
    { Authorization: `Bearer ${"a".repeat(9_000)}.b.c` },
    { Authorization: `Bearer ${"a.".repeat(4_000)}` },
    { Authorization: "Bearer \u00e4\u00f6\u00fc" },
    { Authorization: `Bearer ${confused}` },
    { Cookie: `token=${token}` },
    { "X-Token": token },
  ];
  for (const header of headers) {
    assert.equal(await bytesOf(await get("/api/jobs", header as Record<string, string>)), none, JSON.stringify(header));
  }
  for (const query of [`access_token=${token}`, `token=${token}`]) {
    assert.equal(await bytesOf(await get(`/api/jobs?${query}`)), none);
  }
  assert.equal((await get("/api/jobs", { Authorization: `bearer ${token}` })).status, 200);
});

async function exported(key: CryptoKey): Promise<JsonWebKey> {
  return await crypto.subtle.exportKey("jwk", key);
}

Deno.test("clocks may differ by 5 s, and a token that is known ends all the same", async () => {
  const { get, sign, clock } = await setup();
  const headers = bearer(await sign({ claims: { exp: NOW_S + 10, nbf: NOW_S + 5 } }));
  assert.equal((await get("/api/jobs", headers)).status, 200);
  clock.advance(14_999);
  assert.equal((await get("/api/jobs", headers)).status, 200);
  clock.advance(1);
  await problemIn(await get("/api/jobs", headers), 401);
});

Deno.test("nothing of a request is looked at before its token: neither body nor parameters nor job", async () => {
  const { get, post, send, sign } = await setup();
  const none = await bytesOf(await post("/api/jobs", "{", {}));
  assert.match(none, /^\[401/);
  const never = new ReadableStream({ pull: () => new Promise<void>(() => {}) }, { highWaterMark: 0 });
  assert.equal(await bytesOf(await post("/api/jobs", never)), none);
  assert.equal(await bytesOf(await get("/api/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW")), none);
  assert.equal(await bytesOf(await get("/api/jobs?limit=many")), none);
  assert.equal(await bytesOf(await get("/api/v1/jobs")), none);
  const viewer = bearer(await sign({ claims: { role: "viewer" } }));
  await problemIn(await post("/api/jobs", "{", viewer), 403);
  // What there is no route for is no secret.
  await problemIn(await get("/api/nothing"), 404);
  await problemIn(await send("DELETE", "/api/jobs"), 405);
  assert.equal((await send("OPTIONS", "/api/jobs")).status, 204);
  assert.equal((await send("HEAD", "/api/jobs")).status, 401);
  assert.equal((await get("/health", bearer("wrong"))).status, 200);
});

Deno.test("the role platform names a tenant, others only their own", async () => {
  const { get, post, submit, system, sign } = await setup();
  const roles = ["viewer", "operator", "admin"] as const;
  const platform = bearer(await sign({ claims: { role: "platform", sub: "root" } }));
  await submit({}, { ...platform, "X-Tenant": "beta" });
  assert.deepEqual(system.told.map(({ to, by }) => [to.tenant, by]), [["beta", "root"]]);
  const count = async (path: string, headers: Record<string, string>) =>
    (await (await get(path, headers)).json()).items.length;
  assert.equal(await count("/api/jobs?tenant=beta", platform), 1);
  assert.equal(await count("/api/jobs", { ...platform, "X-Tenant": "beta" }), 1);
  assert.equal(await count("/api/jobs", platform), 0);
  await problemIn(await get("/api/jobs?tenant=B", platform), 422);
  for (const role of roles) {
    const own = bearer(await sign({ claims: { role } }));
    const elsewhere = await bytesOf(await get("/api/jobs?tenant=nobody", own));
    assert.match(elsewhere, /^\[403/);
    assert.equal(await bytesOf(await get("/api/jobs?tenant=beta", own)), elsewhere);
    assert.equal(await bytesOf(await get("/api/jobs", { ...own, "X-Tenant": "beta" })), elsewhere);
    assert.equal(await bytesOf(await get("/api/jobs?tenant=beta", { ...own, "X-Tenant": "acme" })), elsewhere);
    assert.equal(await bytesOf(await get("/api/jobs?tenant=acme&tenant=beta", own)), elsewhere);
    assert.equal(await bytesOf(await get("/api/jobs?tenant=%00", own)), elsewhere);
    assert.equal(await count("/api/jobs?tenant=acme", { ...own, "X-Tenant": "acme" }), 0);
  }
  const operator = bearer(await sign());
  await problemIn(
    await post("/api/jobs", { type: "greet", payload: { name: "Ada" } }, { ...operator, "X-Tenant": "beta" }),
    403,
  );
  assert.equal(system.told.length, 1);
});

Deno.test("a stream ends with the token that opened it", async () => {
  const { get, sign, clock, system, submit } = await setup();
  const id = await submit({}, bearer(await sign()));
  for (const path of [`/api/jobs/${id}/stream`, "/api/notifications/stream"]) {
    const headers = bearer(await sign({ claims: { exp: clock.now() / 1_000 + 10 } }));
    const reader = readSse(await get(path, headers));
    await reader.next();
    await reader.next();
    const next = reader.nextEvent();
    clock.advance(15_000);
    system.emit("acme", [{ type: "job.started", subject: `job/${id}`, data: "{}" }]);
    assert.equal(await next, null, path);
  }
});

Deno.test("with tokens the server may have any name, and a page of another origin still changes nothing", async () => {
  const { send, sign } = await setup();
  const token = bearer(await sign());
  const body = { type: "greet", payload: { name: "Ada" } };
  const from = (host: string, origin: string) =>
    send("POST", "/api/jobs", { body, headers: { ...token, Host: host, Origin: origin } });
  assert.equal((await from("mail.example", "https://mail.example")).status, 201);
  assert.equal((await from("mail.example:8443", "https://MAIL.example:8443")).status, 201);
  assert.equal((await from("127.0.0.1:8000", ORIGIN)).status, 201);
  for (const origin of ["https://evil.example", "null", "https://mail.example:8443", "ftp://mail.example"]) {
    await problemIn(await from("mail.example", origin), 403);
  }
  await problemIn(await from("a b", "https://a b"), 400);
});
