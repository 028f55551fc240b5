import assert from "node:assert/strict";
import { FakeClock } from "../support/fake_clock.ts";
import { problemIn, setupApp, START } from "../support/test_app.ts";
import { bearer, secretAuthentication, signToken } from "../support/tokens.ts";

Deno.test("requests of an address beyond its limit are answered 429 with Retry-After; others' are not, nor health", async () => {
  const { send, clock } = setupApp({ perMinute: { address: 3 } });
  const ask = (from: string, path = "/api/jobs") => send("GET", path, { from });
  const first = await ask("198.51.100.7");
  assert.equal(first.status, 200);
  assert.equal(first.headers.get("ratelimit-policy"), '"address";q=3;w=60');
  assert.equal(first.headers.get("ratelimit"), '"address";r=2;t=20');
  await ask("198.51.100.7");
  assert.equal((await ask("198.51.100.7", "/nope")).status, 404);
  const refused = await ask("198.51.100.7");
  assert.equal(refused.headers.get("retry-after"), "20");
  assert.equal(refused.headers.get("ratelimit"), '"address";r=0;t=60');
  await problemIn(refused, 429);
  assert.equal((await ask("198.51.100.8")).status, 200);
  for (const path of ["/health", "/health/ready", "/health/live"]) {
    const health = await ask("198.51.100.7", path);
    assert.deepEqual([health.status, health.headers.get("ratelimit")], [200, null]);
  }
  clock.advance(20_000);
  assert.equal((await ask("198.51.100.7")).status, 200);
});

Deno.test("requests of a tenant beyond its limit are answered 429 wherever they come from, others' are not", async () => {
  const { send } = setupApp({ perMinute: { tenant: 2, address: 100 } });
  const ask = (tenant: string, from: string) => send("GET", "/api/jobs", { from, headers: { "X-Tenant": tenant } });
  const first = await ask("acme", "198.51.100.1");
  assert.equal(first.headers.get("ratelimit-policy"), '"tenant";q=2;w=60');
  assert.equal(first.headers.get("ratelimit"), '"tenant";r=1;t=30');
  await ask("acme", "198.51.100.2");
  const { detail } = await problemIn(await ask("acme", "198.51.100.3"), 429);
  assert.match(detail, /of one tenant/);
  assert.equal((await ask("beta", "198.51.100.3")).status, 200);
});

Deno.test("answers tell of the limit that has fewer left", async () => {
  const { send } = setupApp({ perMinute: { tenant: 4, address: 3 } });
  const told = async (from: string) => (await send("GET", "/api/jobs", { from })).headers.get("ratelimit");
  assert.equal(await told("198.51.100.1"), '"address";r=2;t=20');
  assert.equal(await told("198.51.100.2"), '"tenant";r=2;t=30');
  assert.equal(await told("198.51.100.3"), '"tenant";r=1;t=45');
});

Deno.test("without limits no answer speaks of any", async () => {
  const { get } = setupApp();
  for (let count = 0; count < 50; count++) {
    const { status, headers } = await get("/api/jobs");
    assert.deepEqual([status, headers.get("ratelimit"), headers.get("ratelimit-policy")], [200, null, null]);
  }
});

Deno.test("behind a proxy the address is the one that it saw", async () => {
  const { get } = setupApp({ perMinute: { address: 1 }, proxies: 1 });
  const ask = (address: string) => get("/api/jobs", { "X-Forwarded-For": address });
  assert.equal((await ask("203.0.113.9")).status, 200);
  assert.equal((await ask("9.9.9.9, 203.0.113.10")).status, 200);
  await problemIn(await ask("1.1.1.1, 203.0.113.9"), 429);
});

Deno.test("a request beyond those that are handled at once is answered 503 with Retry-After, health is not", async () => {
  const { post, get, clock } = setupApp({ maxRequests: 2 });
  const asked = Promise.withResolvers<void>();
  const silent = () =>
    new ReadableStream({ pull: () => (asked.resolve(), new Promise<void>(() => {})) }, { highWaterMark: 0 });
  const held = [post("/api/jobs", silent()), post("/api/jobs", silent())];
  await asked.promise;
  const refused = await get("/api/jobs");
  assert.equal(refused.headers.get("retry-after"), "1");
  await problemIn(refused, 503);
  assert.equal((await get("/health/ready")).status, 200);
  clock.advance(30_000);
  for (const answer of await Promise.all(held)) await problemIn(answer, 408);
  for (let count = 0; count < 5; count++) assert.equal((await get("/api/jobs")).status, 200);
});

Deno.test("bodies of one tenant that are too large together are answered 429, another's are taken, and room comes back", async () => {
  const { post, clock } = setupApp();
  const silent = () => new ReadableStream({ pull: () => new Promise<void>(() => {}) }, { highWaterMark: 0 });
  const begin = (tenant: string) => post("/api/jobs/batch", silent(), { "X-Tenant": tenant });
  const held = Array.from({ length: 8 }, () => begin("acme"));
  const refused = await begin("acme");
  assert.equal(refused.headers.get("retry-after"), "1");
  await problemIn(refused, 429);
  const ada = { type: "greet", payload: { name: "Ada" } };
  assert.equal((await post("/api/jobs", ada, { "X-Tenant": "beta" })).status, 201);
  clock.advance(30_000);
  for (const answer of await Promise.all(held)) await problemIn(answer, 408);
  assert.equal((await post("/api/jobs", ada, { "X-Tenant": "acme" })).status, 201);
});

async function setupSecret() {
  const clock = new FakeClock(START);
  const testApp = setupApp({ clock, authentication: await secretAuthentication(clock) });
  const ask = (token: string, from = "198.51.100.7") =>
    testApp.send("GET", "/api/jobs", { from, headers: bearer(token) });
  return { ...testApp, clock, ask, token: (sub: string) => signToken(clock, { claims: { sub } }) };
}

Deno.test("after twenty wrong tokens an address's are answered 429 unseen; those that held go on, and other addresses", async () => {
  const { ask, token, clock } = await setupSecret();
  const [known, fresh] = [await token("ann"), await token("bob")];
  assert.equal((await ask(known)).status, 200);
  const wrong = ["a.b.c", `${known}x`, `${known.slice(0, -9)}forgedTok`];
  for (let count = 0; count < 20; count++) await problemIn(await ask(wrong[count % wrong.length]!), 401);
  const answers = [...wrong, fresh].map(async (token) => {
    const answer = await ask(token);
    assert.equal(answer.headers.get("retry-after"), "3");
    return JSON.stringify(await problemIn(answer, 429));
  });
  assert.equal(new Set(await Promise.all(answers)).size, 1, "a right one and a wrong one are told the same");
  assert.equal((await ask(known)).status, 200);
  assert.equal((await ask(fresh, "198.51.100.8")).status, 200);
  assert.equal((await ask(fresh)).status, 200, "it has held elsewhere");
  await problemIn(await ask(await token("cem")), 429);
  clock.advance(3_000);
  await problemIn(await ask("a.b.c"), 401);
  await problemIn(await ask("a.b.c"), 429);
  clock.advance(60_000);
  assert.equal((await ask(known)).status, 200);
});

Deno.test("a token that held is looked at again in spite of wrong ones, and let go when it holds no more", async () => {
  const { ask, token, clock } = await setupSecret();
  const known = await token("ann");
  assert.equal((await ask(known)).status, 200);
  for (let minute = 0; minute < 60; minute++) {
    for (let count = 0; count < 30; count++) await (await ask("a.b.c")).body?.cancel();
    assert.equal((await ask(known)).status, 200);
    clock.advance(60_000);
  }
  for (let count = 0; count < 30; count++) await (await ask("a.b.c")).body?.cancel();
  clock.advance(5_000);
  await problemIn(await ask(known), 401);
  for (let count = 0; count < 3; count++) await (await ask("a.b.c")).body?.cancel();
  await problemIn(await ask(known), 429);
});

Deno.test("requests without a token are 401 and count for nothing", async () => {
  const { send, ask, token } = await setupSecret();
  for (let count = 0; count < 50; count++) {
    await problemIn(await send("GET", "/api/jobs", { from: "198.51.100.7" }), 401);
  }
  assert.equal((await ask(await token("ann"))).status, 200);
});
