import assert from "node:assert/strict";
import { seededRandom } from "../../runtime/core/random.ts";
import { loadConfig } from "../../runtime/system/config.ts";
import { awaitsDatabase, deployedEnv, isDeployed } from "../../runtime/system/deployed.ts";

const POSTGRES = { DATABASE_URL: "postgres://user:word@db.example/app" };
const SECRET = { AUTH_SECRET: "0123456789abcdef0123456789abcdef" };

const deployed = (env: Record<string, string>) => deployedEnv({ DENO_DEPLOY: "true", ...env }, seededRandom(1));

Deno.test("isDeployed() is true where Deno Deploy says so, and nowhere else", () => {
  assert.deepEqual([{ DENO_DEPLOY: "true" }, { DENO_DEPLOY: "false" }, {}].map(isDeployed), [true, false, false]);
});

Deno.test("deployedEnv() says what is missing; a file is no database there", () => {
  assert.deepEqual(deployed({}).missing, ["database", "secret"]);
  assert.deepEqual(deployed({ ...POSTGRES, AUTH_SECRET: "" }).missing, ["secret"]);
  assert.deepEqual(deployed({ PGHOST: "db.example", ...SECRET }).missing, []);
  assert.deepEqual(
    deployed({ DATABASE_URL: "sqlite:./data/mailroom.db", PGHOST: "db.example" }).missing[0],
    "database",
  );
  assert.deepEqual(deployed({ ...POSTGRES, AUTH_JWKS_URL: "https://id.example/keys" }).missing, []);
});

Deno.test("deployedEnv() leaves address and files to the platform, and ends in less than 5 s", () => {
  const { env, warnings } = deployed({
    HOST: "0.0.0.0",
    PORT: "1",
    LOG_FILE: "x.log",
    STOP_GRACE_MS: "60000",
    ROLE: "worker",
  });
  const { HOST, LOG_FILE, LOG_FORMAT, STOP_GRACE_MS } = loadConfig({ ...env, DATABASE_URL: "" });
  assert.deepEqual([HOST, LOG_FILE, LOG_FORMAT, STOP_GRACE_MS], ["127.0.0.1", undefined, "json", 2_000]);
  assert.deepEqual(warnings.map((warning) => warning.split(" ")[0]), ["LOG_FILE", "STOP_GRACE_MS", "ROLE"]);
  assert.deepEqual(deployed({ STOP_GRACE_MS: "500" }).env.STOP_GRACE_MS, "500");
  assert.deepEqual(deployed({}).warnings, []);
  assert.throws(() => loadConfig(deployed({ STOP_GRACE_MS: "soon" }).env), /STOP_GRACE_MS/);
});

Deno.test("deployedEnv() names an instance after its deployment, no two the same", () => {
  const random = seededRandom(7);
  const names = Array.from({ length: 100 }, () => deployedEnv({ DENO_DEPLOYMENT_ID: "-abc/123" }, random).env.NODE);
  assert.equal(new Set(names).size, 100);
  for (const name of names) assert.match(name!, /^abc123-[a-z0-9]{8}$/);
  assert.match(deployed({}).env.NODE!, /^deploy-[a-z0-9]{8}$/);
});

Deno.test("awaitsDatabase() is true on Deno Deploy without a Postgres only", () => {
  assert.ok(awaitsDatabase({ DENO_DEPLOY: "true" }));
  assert.ok(!awaitsDatabase({ DENO_DEPLOY: "true", PGHOST: "db.example" }));
  assert.ok(!awaitsDatabase({}));
});
