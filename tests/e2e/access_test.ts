import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { systemClock } from "../../runtime/core/clock.ts";
import { ROLES } from "../../routes/access/principal.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { startServer } from "../support/running_server.ts";
import { passedOn } from "../support/server_process.ts";
import { bearer, SECRET, signToken } from "../support/tokens.ts";

const JOB = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ type: "import", payload: { dataset: "people", content: "id,name\n1,Ann\n" } }),
};

async function statusOf(url: string, init: RequestInit = {}, token?: string): Promise<number> {
  const headers = { ...init.headers as Record<string, string>, ...(token === undefined ? {} : bearer(token)) };
  const response = await fetch(url, { ...init, headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test("with AUTH_SECRET set, a JWT from `deno task token` submits a job, and nothing does without one [S4-45]", async () => {
  await using server = await startServer({ env: { AUTH_SECRET: SECRET } });
  const token = await taskToken("--tenant", "acme", "--role", "operator", "--subject", "ann");
  const url = `${server.url}/api/jobs`;

  assert.equal(await statusOf(url, JOB), 401);
  assert.equal(await statusOf(url, JOB, `${token}x`), 401);
  assert.equal(await statusOf(url, JOB, token), 201);
  assert.equal(await statusOf(url, { ...JOB, headers: { ...JOB.headers, "x-tenant": "beta" } }, token), 403);
  assert.equal(await statusOf(url, JOB, await taskToken("--tenant", "acme", "--role", "viewer")), 403);
  const { items } = await (await fetch(url, { headers: bearer(token) })).json();
  assert.deepEqual(items.map(({ type }: { type: string }) => type), ["import"]);
  assert.equal(await statusOf(`${server.url}/metrics`, {}, token), 403);
  assert.equal(await statusOf(`${server.url}/health`), 200);
  assert.equal(await statusOf(`${server.url}/`), 200);

  const log = server.logs().join("\n");
  assert.doesNotMatch(log, /open to this machine/);
  for (const secret of [SECRET, token, token.split(".")[2]!]) assert.ok(!log.includes(secret));
});

Deno.test("with AUTH_JWKS_URL set, tokens of an identity provider are verified with the keys that it serves [S4-45]", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const keys = [{ ...await exportJWK(publicKey), kid: "one", alg: "ES256", use: "sig" }];
  await using provider = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ keys }),
  );
  await using server = await startServer({ env: { AUTH_JWKS_URL: `http://127.0.0.1:${provider.addr.port}/keys` } });

  const head = { alg: "ES256", kid: "one" };
  assert.equal(
    await statusOf(`${server.url}/api/jobs`, JOB, await signToken(systemClock, { head, key: privateKey })),
    201,
  );
  assert.equal(await statusOf(`${server.url}/api/jobs`, JOB, await signToken(systemClock)), 401);
});

Deno.test("each role may do what those before it may, and something more; nobody else may anything [S4-46]", async () => {
  await using server = await startServer({ env: { AUTH_SECRET: SECRET } });
  const calls: readonly [path: string, init: RequestInit, status: number][] = [
    ["/api/jobs", {}, 200],
    ["/api/jobs", JOB, 201],
    ["/api/kinds/import/pause", { method: "POST" }, 200],
    ["/api/tenants", {}, 200],
  ];
  for (const [rank, role] of ROLES.entries()) {
    const token = await signToken(systemClock, { claims: { tenant: "acme", role } });
    for (const [needed, [path, init, status]] of calls.entries()) {
      const expected = rank >= needed ? status : 403;
      assert.equal(await statusOf(`${server.url}${path}`, init, token), expected, `${role}: ${path}`);
    }
  }
  const invented = await signToken(systemClock, { claims: { tenant: "acme", role: "owner" } });
  for (const [path, init] of calls) {
    assert.equal(await statusOf(`${server.url}${path}`, init), 401);
    assert.equal(await statusOf(`${server.url}${path}`, init, invented), 401);
  }
});

Deno.test("without AUTH_* the server says once that it is open to this machine", async () => {
  await using server = await startServer();
  assert.equal(await statusOf(`${server.url}/api/jobs`, JOB), 201);
  assert.equal(server.logs().filter((line) => line.includes("open to this machine")).length, 1);
});

async function taskToken(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "token", ...args],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...passedOn(), AUTH_SECRET: SECRET },
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  assert.match(text, /^[\w.-]+\n$/);
  return text.trim();
}
