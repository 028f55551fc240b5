import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { loadConfig, SETTINGS } from "../../runtime/system/config.ts";
import { poolOf } from "../../runtime/system/pool_of.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

Deno.test("loadConfig() gives the defaults when nothing is set, frozen", () => {
  const config = loadConfig({ HOME: "/root", LOG_FILE: "" });
  assert.deepEqual({ ...config }, {
    PORT: 8000,
    HOST: "127.0.0.1",
    DATABASE_URL: "sqlite:./data/mailroom.db",
    DATABASE_CONNECTIONS: 3,
    DATABASE_USES: 5,
    DATABASE_CONNECT_MS: 30_000,
    DATABASE_ACQUIRE_MS: 10_000,
    DATABASE_CHECK_MS: 120_000,
    DATABASE_IDLE_MS: 600_000,
    ROLE: "all",
    LEASE_MS: 10_000,
    LOG_LEVEL: "info",
    ACTOR_ISOLATION: "auto",
    CHILD_MEMORY_MB: 512,
    EGRESS_ALLOW: [],
    SCAN_API_TENANT: "demo",
    ORDERS_SWEEP_MS: 60_000,
    CATALOG_EVERY_MS: 1_800_000,
    CATALOG_CATEGORY_CALLS: 10,
    CATALOG_WINDOW_MS: 3_600_000,
    WEBHOOK_SECRET: [],
    AUTH_ISSUER: "mailroom",
    AUTH_AUDIENCE: "mailroom",
    CORS_ORIGINS: [],
    TRUSTED_PROXIES: 0,
    ACTORS: "./actors/mod.ts",
    EVENTS_KEPT: 100_000,
    JOBS_KEPT_DAYS: 30,
    DEAD_LETTERS_KEPT_DAYS: 90,
    AUDIT_KEPT_DAYS: 365,
    SCANS_KEPT_DAYS: 90,
    TICKS_KEPT_DAYS: 30,
    MAIL_KEPT_DAYS: 30,
    MAIL_KEPT: 10_000,
    MAX_STREAMS: 10_000,
    MAX_REQUESTS: 10_000,
    TENANT_PENDING_LIMIT: 1_000_000,
    TENANT_WEIGHTS: new Map(),
    STOP_GRACE_MS: 10_000,
  });
  assert.throws(() => Object.assign(config, { PORT: 1 }), TypeError);
});

Deno.test("loadConfig() reads numbers, choices and addresses", () => {
  const env = { PORT: "0", HOST: "::1", WORKERS: "4", LOG_FORMAT: "json", DATABASE_URL: "sqlite::memory:" };
  assert.deepEqual([...loadConfig({ TENANT_WEIGHTS: "acme=3, beta=2" }).TENANT_WEIGHTS], [["acme", 3], ["beta", 2]]);
  assert.deepEqual(loadConfig({ EGRESS_ALLOW: "10.1.0.0/16, fd00::/8,127.0.0.1" }).EGRESS_ALLOW.length, 3);
  assert.equal(loadConfig({ WEBHOOK_SECRET: `whsec_${"a".repeat(32)}` }).WEBHOOK_SECRET[0]?.length, 24);
  const mail = { SMTP_URL: "smtps://me:p@mail.example", MAIL_FROM: "Wash <a@b.example>" };
  const { SMTP_URL, MAIL_FROM } = loadConfig(mail);
  assert.deepEqual({ SMTP_URL, MAIL_FROM }, mail);
  const { PORT, HOST, WORKERS, LOG_FORMAT, DATABASE_URL } = loadConfig(env);
  assert.deepEqual([PORT, HOST, WORKERS, LOG_FORMAT, DATABASE_URL], [0, "::1", 4, "json", "sqlite::memory:"]);
});

Deno.test("loadConfig() names every bad variable at once", () => {
  const bad = {
    PORT: "65536",
    HOST: "0.0.0.0/0",
    DATABASE_URL: "mysql://x",
    LOG_LEVEL: "loud",
    WORKERS: "0",
    CHILD_MEMORY_MB: "1e3",
    MAX_STREAMS: "-1",
    TENANT_WEIGHTS: "acme",
    EGRESS_ALLOW: "localhost",
    SCAN_API_BASE_URL: "https://user:hush@scans.example",
    SCAN_API_TENANT: "A",
    WEBHOOK_SECRET: "whsec_hush",
    SMTP_URL: "smtp://user:hush@mail.example/path",
    MAIL_FROM: "hush",
    MAIL_UNSUBSCRIBE_URL: "http://hush.example",
    AUTH_SECRET: "hush",
    AUTH_JWKS_URL: "http://hush.example/keys",
    AUTH_ISSUER: "",
    CORS_ORIGINS: "https://app.example/,https://b.example",
    TRUSTED_PROXIES: "11",
    RATE_LIMIT_TENANT: "1/s",
  };
  assert.throws(() => loadConfig(bad), (error) => {
    assert.ok(error instanceof RuntimeError && error.code === "invalid-config");
    for (const name of Object.keys(bad)) assert.match(error.message, new RegExp(`\\b${name} `));
    assert.doesNotMatch(error.message, /hush/);
    return true;
  });
});

for (const host of ["0.0.0.0", "192.168.1.5", "::", "example.com", "127.0.0.1.evil.example", "localhost.evil"]) {
  Deno.test(`loadConfig() refuses to listen at ${host}`, () => {
    assert.throws(
      () => loadConfig({ HOST: host }),
      /HOST must be localhost, 127\.x\.x\.x or ::1 .*: set AUTH_SECRET or AUTH_JWKS_URL/,
    );
  });

  Deno.test(`loadConfig() listens at ${host} where one has to sign in`, () => {
    assert.equal(loadConfig({ HOST: host, AUTH_SECRET: SECRET }).HOST, host);
    assert.equal(loadConfig({ HOST: host, AUTH_JWKS_URL: "https://id.example/keys" }).HOST, host);
  });
}

Deno.test("loadConfig() takes a secret of 32 bytes and more, and says no word of a shorter one", () => {
  assert.deepEqual(loadConfig({ AUTH_SECRET: SECRET }).AUTH_SECRET, new TextEncoder().encode(SECRET));
  assert.equal(loadConfig({ AUTH_SECRET: "ä".repeat(16) }).AUTH_SECRET?.length, 32);
  assert.throws(() => loadConfig({ AUTH_SECRET: SECRET.slice(1) }), (error) => {
    assert.ok(error instanceof RuntimeError);
    assert.match(error.message, /AUTH_SECRET must be at least 32 bytes.*openssl/);
    assert.ok(!error.message.includes(SECRET.slice(1)));
    return true;
  });
});

Deno.test("loadConfig() takes keys by TLS, or from this machine", () => {
  for (const url of ["https://id.example/.well-known/jwks.json", "http://127.0.0.1:9000/keys", "http://[::1]/keys"]) {
    assert.equal(loadConfig({ AUTH_JWKS_URL: url }).AUTH_JWKS_URL, url);
  }
  for (
    const url of ["http://id.example/keys", "https://me:hush@id.example/keys", "file:///keys", "keys", "ftp://x/y"]
  ) {
    assert.throws(() => loadConfig({ AUTH_JWKS_URL: url }), /AUTH_JWKS_URL must be an https: URL/);
  }
});

Deno.test("loadConfig() takes origins as browsers write them, and no star", () => {
  const load = (CORS_ORIGINS: string) => loadConfig({ CORS_ORIGINS, AUTH_SECRET: SECRET }).CORS_ORIGINS;
  assert.deepEqual(load("https://app.example, http://localhost:3000"), [
    "https://app.example",
    "http://localhost:3000",
  ]);
  for (
    const origins of ["*", "null", "app.example", "https://*.example", "https://A.example", "https://a.example:443"]
  ) {
    assert.throws(() => load(origins), /CORS_ORIGINS must read like/);
  }
});

const CONTRADICTIONS: readonly (readonly [env: Record<string, string>, message: RegExp])[] = [
  [{ AUTH_SECRET: "" }, /AUTH_SECRET is empty: give it a value, or do not set it/],
  [{ AUTH_SECRET: "s".repeat(32), AUTH_JWKS_URL: "https://id.example/keys" }, /exclude each other: set one of them/],
  [{ CORS_ORIGINS: "https://app.example" }, /CORS_ORIGINS needs AUTH_SECRET or AUTH_JWKS_URL/],
  [{ AUTH_ISSUER: "me", AUTH_AUDIENCE: "you" }, /AUTH_ISSUER, AUTH_AUDIENCE without AUTH_SECRET or AUTH_JWKS_URL/],
];

for (const [env, message] of CONTRADICTIONS) {
  Deno.test(`loadConfig() refuses ${Object.keys(env).join(" with ")} that leaves open what it would close`, () => {
    assert.throws(() => loadConfig(env), message);
  });
}

Deno.test("loadConfig() takes a postgres address, from DATABASE_URL or in parts", () => {
  const at = (env: Record<string, string>) => loadConfig(env).DATABASE_URL;
  for (const url of ["postgres://u:p@h:5/d", "postgresql://h/d?sslmode=verify-full", "postgres://u@[::1]/d"]) {
    assert.equal(at({ DATABASE_URL: url, PGHOST: "other" }), url);
  }
  assert.equal(
    at({ PGHOST: "h", PGUSER: "u", PGPASSWORD: "p@/ß", PGDATABASE: "d", PGPORT: "6" }),
    "postgres://u:p%40%2F%C3%9F@h:6/d",
  );
  assert.equal(at({ PGHOST: "::1", PGUSER: "u", DATABASE_URL: "" }), "postgres://u@[::1]/u");
  assert.equal(at({ PGHOST: "/run/pg", PGDATABASE: "d" }), "postgres://localhost/d?host=%2Frun%2Fpg");
  assert.equal(at({ PGUSER: "u" }), "sqlite:./data/mailroom.db");
  for (
    const url of [
      "postgres://u:hush@a,b/d",
      "postgres:/hush",
      "postgres://u:hush@h:x/d",
      "postgres://u:hu sh@h/d",
      "mysql://hush",
    ]
  ) {
    for (const name of ["DATABASE_URL", "DATABASE_READ_URL", "DATABASE_MIGRATE_URL"]) {
      assert.throws(() => loadConfig({ DATABASE_URL: "postgres://h/d", [name]: url }), (error) => {
        assert.match(String(error), new RegExp(`${name} must be .*postgres://<user>`));
        assert.doesNotMatch(String(error), /hu ?sh/);
        return true;
      });
    }
  }
  assert.throws(() => loadConfig({ DATABASE_READ_URL: "postgres://h/d" }), /DATABASE_READ_URL needs DATABASE_URL/);
});

Deno.test("poolOf() keeps 3 connections with 5 uses each, 30 s to connect, 10 s to acquire, a check every 2 minutes, 10 idle (S4-19, S4-20, S4-21, S4-22, S4-23)", () => {
  assert.deepEqual(poolOf(loadConfig({})), {
    connections: 3,
    usesOfEach: 5,
    connectTimeoutMs: 30_000,
    acquireTimeoutMs: 10_000,
    checkMs: 120_000,
    idleMs: 600_000,
  });
  const env = {
    DATABASE_CONNECTIONS: "7",
    DATABASE_USES: "1",
    DATABASE_CONNECT_MS: "2000",
    DATABASE_ACQUIRE_MS: "3000",
    DATABASE_CHECK_MS: "0",
    DATABASE_IDLE_MS: "5",
  };
  assert.deepEqual(Object.values(poolOf(loadConfig(env))), [7, 1, 2_000, 3_000, 0, 5]);
});

Deno.test("SETTINGS lists every variable with its default and its meaning", () => {
  const config = loadConfig({});
  assert.deepEqual(SETTINGS.map(({ name }) => name).filter((name) => name in config), Object.keys(config));
  assert.equal(SETTINGS.length, 61);
  for (const { name, default: byDefault, meaning } of SETTINGS) {
    assert.equal(byDefault, typeof config[name] === "object" ? "" : String(config[name] ?? ""));
    assert.ok(meaning.length > 10);
  }
});

Deno.test("loadConfig() lets a node do a part only where others can do the rest", () => {
  for (const env of [{}, { DATABASE_URL: "sqlite::memory:" }, { DATABASE_URL: "sqlite:a.db", PGHOST: "db" }]) {
    assert.throws(() => loadConfig({ ...env, ROLE: "worker" }), /ROLE must be all on SQLite, where there is one node/);
    assert.equal(loadConfig({ ...env, ROLE: "all" }).ROLE, "all");
  }
  assert.equal(loadConfig({ PGHOST: "db", ROLE: "worker" }).ROLE, "worker");
  assert.throws(() => loadConfig({ ROLE: "boss" }), /ROLE/);
  assert.throws(() => loadConfig({ LEASE_MS: "999" }), /LEASE_MS must be a whole number from 1000 to 600000/);
  assert.throws(() => loadConfig({ NODE: "a/b" }), /NODE must be 1-100 of/);
  // What `npx deno task start` finds there.
  const npm = { NODE: "/usr/bin/node", "npm_node_execpath": "/usr/bin/node" };
  assert.equal(loadConfig(npm).NODE, undefined);
  assert.equal(loadConfig({ ...npm, NODE: "one" }).NODE, "one");
});
