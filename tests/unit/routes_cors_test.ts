import assert from "node:assert/strict";
import { FakeClock } from "../support/fake_clock.ts";
import { problemIn, setupApp, START } from "../support/test_app.ts";
import { bearer, secretAuthentication, signToken } from "../support/tokens.ts";

const APP = "https://app.example";
const ELSEWHERE = ["https://evil.example", "null", `${APP}.evil.example`, "http://app.example", `${APP}:8443`];
const PREFLIGHT = { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization" };
const ada = { type: "greet", payload: { name: "Ada" } };

async function setup({ corsOrigins = [APP] } = {}) {
  const clock = new FakeClock(START);
  const testApp = setupApp({ clock, corsOrigins, authentication: await secretAuthentication(clock) });
  return { ...testApp, token: bearer(await signToken(clock)) };
}

function corsHeadersOf({ headers }: Response): string[] {
  return [...headers.keys()].filter((name) => name.startsWith("access-control-"));
}

Deno.test("a page of a configured origin asks beforehand without a token, then acts with one and reads the answer", async () => {
  const { send, post, get, token, system } = await setup();
  const preflight = await send("OPTIONS", "/api/jobs", { headers: { Origin: APP, ...PREFLIGHT } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), APP);
  assert.match(preflight.headers.get("access-control-allow-methods")!, /POST/);
  assert.match(preflight.headers.get("access-control-allow-headers")!, /Authorization.*Idempotency-Key/);
  const submitted = await post("/api/jobs", ada, { Origin: APP, ...token });
  const refusals = [await get("/api/jobs", { Origin: APP }), await get("/nope", { Origin: APP })];
  assert.deepEqual([submitted.status, ...refusals.map(({ status }) => status)], [201, 401, 404]);
  for (const answer of [submitted, ...refusals, await get("/api/jobs", { Origin: APP, ...token })]) {
    assert.equal(answer.headers.get("access-control-allow-origin"), APP);
    assert.match(answer.headers.get("access-control-expose-headers")!, /Retry-After/);
    assert.equal(answer.headers.get("vary"), "Origin");
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
  }
  assert.equal(system.jobs.size, 1);
});

Deno.test("a page of any other origin reads nothing and changes nothing, with a token or without", async () => {
  const { send, post, get, token, system } = await setup();
  for (const origin of ELSEWHERE) {
    const preflight = await send("OPTIONS", "/api/jobs", { headers: { Origin: origin, ...PREFLIGHT } });
    const read = await get("/api/jobs", { Origin: origin, ...token });
    const submitted = await post("/api/jobs", ada, { Origin: origin, ...token });
    for (const answer of [preflight, read, submitted]) assert.deepEqual(corsHeadersOf(answer), [], origin);
    await problemIn(submitted, 403);
  }
  assert.equal(system.jobs.size, 0);
});

Deno.test("a configured origin changes nothing with what a browser adds by itself", async () => {
  const { post, system } = await setup();
  await problemIn(await post("/api/jobs", ada, { Origin: APP, Cookie: "session=1" }), 403);
  assert.equal(system.jobs.size, 0);
});

Deno.test("without configured origins no answer allows any, and preflights are told nothing", async () => {
  const { send, get, token } = await setup({ corsOrigins: [] });
  const answers = [
    await get("/api/jobs", { Origin: APP, ...token }),
    await send("OPTIONS", "/api/jobs", { headers: { Origin: APP, ...PREFLIGHT } }),
  ];
  for (const answer of answers) assert.deepEqual([corsHeadersOf(answer), answer.headers.get("vary")], [[], null]);
});
