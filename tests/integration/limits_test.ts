import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { serveApp, type ServedApp } from "../support/served_app.ts";
import { bearer, secretAuthentication, signToken } from "../support/tokens.ts";

const JOB = JSON.stringify({ type: "echo", payload: { text: "hello" } });

async function submit({ url }: ServedApp, headers: Readonly<Record<string, string>>): Promise<Response> {
  const response = await fetch(`${url}/api/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JOB,
  });
  await response.body?.cancel();
  return response;
}

Deno.test("one address that sends more than it may is answered 429, and its neighbour is served", async () => {
  await using served = await serveApp({ perMinute: { address: 5 }, proxies: 1 });
  const statuses = async (address: string) => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => submit(served, { "X-Forwarded-For": `9.9.9.9, ${address}` })),
    );
    return answers.map(({ status }) => status).sort();
  };
  assert.deepEqual(await statuses("203.0.113.9"), [201, 201, 201, 201, 201, 429, 429, 429]);
  assert.deepEqual(await statuses("2001:db8::1"), [201, 201, 201, 201, 201, 429, 429, 429]);
  assert.deepEqual(await statuses("2001:db8::2"), Array(8).fill(429));
  await served.node.quiet();
});

Deno.test("an address is the connection's, whatever a client says in X-Forwarded-For", async () => {
  await using served = await serveApp({ perMinute: { address: 2 } });
  const answers = [];
  for (let count = 0; count < 4; count++) {
    answers.push(await submit(served, { "X-Forwarded-For": `203.0.113.${count}` }));
  }
  assert.deepEqual(answers.map(({ status }) => status), [201, 201, 429, 429]);
  assert.equal(answers[3]!.headers.get("retry-after"), "30");
  await served.node.quiet();
});

Deno.test("a flood of wrong tokens is refused unseen, while a tenant at the same address goes on", async () => {
  await using served = await serveApp({ authentication: await secretAuthentication(systemClock) });
  const token = bearer(await signToken(systemClock));
  assert.equal((await submit(served, token)).status, 201);
  const wrong = await Promise.all(Array.from({ length: 500 }, (_, index) => submit(served, bearer(`a.${index}.c`))));
  const refused = wrong.filter(({ status }) => status === 429);
  assert.equal(wrong.length - refused.length, wrong.filter(({ status }) => status === 401).length);
  assert.ok(refused.length > 0);
  for (const { headers } of refused) assert.match(headers.get("retry-after") ?? "", /^[1-3]$/);
  assert.equal((await submit(served, token)).status, 201);
  await served.node.quiet();
});
