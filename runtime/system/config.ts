import { z } from "zod";
import { TENANT_PATTERN } from "../actor/address.ts";
import { RuntimeError } from "../core/errors.ts";
import { POOL_SETTINGS } from "../store/pool_settings.ts";
import { postgresUrlOf } from "../store/postgres/url.ts";
import {
  httpsUrl,
  isServer,
  keySetUrl,
  LOOPBACK,
  mailUrl,
  networks,
  origins,
  secret,
  sender,
  server,
  sourceUrl,
  webhookKeys,
  weights,
  whole,
} from "./setting_types.ts";

/** A variable of the environment, as the README's table lists it. */
export interface Setting {
  readonly name: keyof Config;
  /** As one would write it; empty when there is none. */
  readonly default: string;
  readonly meaning: string;
}

const HOST_NAME = /^[A-Za-z0-9.:-]{1,253}$/;
const NODE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const schema = z.object({
  PORT: whole(0, 65_535).default(8_000),
  HOST: z.string().regex(HOST_NAME, "must be a host name or an address").default("127.0.0.1"),
  DATABASE_URL: z.string()
    .refine(
      (url) => /^sqlite:.+/.test(url) || isServer(url),
      "must be sqlite: and a path, sqlite::memory:, or postgres://<user>:<password>@<host>:<port>/<database>",
    )
    .default("sqlite:./data/mailroom.db"),
  DATABASE_MIGRATE_URL: server().optional(),
  DATABASE_READ_URL: server().optional(),
  DATABASE_CONNECTIONS: whole(1, 100).default(POOL_SETTINGS.connections),
  DATABASE_USES: whole(1, 100).default(POOL_SETTINGS.usesOfEach),
  DATABASE_CONNECT_MS: whole(1_000, 600_000).default(POOL_SETTINGS.connectTimeoutMs),
  DATABASE_ACQUIRE_MS: whole(1_000, 600_000).default(POOL_SETTINGS.acquireTimeoutMs),
  DATABASE_CHECK_MS: whole(0, 86_400_000).default(POOL_SETTINGS.checkMs),
  DATABASE_IDLE_MS: whole(0, 86_400_000).default(POOL_SETTINGS.idleMs),
  ROLE: z.enum(["all", "http", "worker", "notifications"]).default("all"),
  NODE: z.string().regex(NODE_NAME, "must be 1-100 of A-Z, a-z, 0-9 and . _ -, not starting with . _ or -").optional(),
  LEASE_MS: whole(1_000, 600_000).default(10_000),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  LOG_FORMAT: z.enum(["text", "json"]).optional(),
  LOG_FILE: z.string().optional(),
  ACTOR_ISOLATION: z.enum(["auto", "process", "worker", "inline"]).default("auto"),
  WORKERS: whole(1, 64).optional(),
  CHILD_MEMORY_MB: whole(64, 65_536).default(512),
  EGRESS_ALLOW: networks().default([]),
  SCAN_API_BASE_URL: sourceUrl().optional(),
  SCAN_API_TENANT: z.string().regex(TENANT_PATTERN, "must be 1-63 of a-z, 0-9, _ and -, not starting with _ or -")
    .default("demo"),
  LEDGER_BASE_URL: sourceUrl().optional(),
  CREDIT_BUREAU_BASE_URL: sourceUrl().optional(),
  ORDERS_BASE_URL: sourceUrl().optional(),
  ORDERS_SWEEP_MS: whole(1_000, 86_400_000).default(60_000),
  CATALOG_BASE_URL_V1: sourceUrl().optional(),
  CATALOG_BASE_URL_V2: sourceUrl().optional(),
  CATALOG_USER: z.string().optional(),
  CATALOG_PASSWORD: z.string().optional(),
  CATALOG_EVERY_MS: whole(1_000, 2_592_000_000).default(1_800_000),
  CATALOG_CATEGORY_CALLS: whole(1, 1_000).default(10),
  CATALOG_WINDOW_MS: whole(1_000, 86_400_000).default(3_600_000),
  WEBHOOK_SECRET: webhookKeys().default([]),
  SMTP_URL: mailUrl().optional(),
  MAIL_FROM: sender().optional(),
  MAIL_UNSUBSCRIBE_URL: httpsUrl().optional(),
  AUTH_SECRET: secret().optional(),
  AUTH_JWKS_URL: keySetUrl().optional(),
  AUTH_ISSUER: z.string().default("mailroom"),
  AUTH_AUDIENCE: z.string().default("mailroom"),
  CORS_ORIGINS: origins().default([]),
  TRUSTED_PROXIES: whole(0, 10).default(0),
  RATE_LIMIT_ADDRESS: whole(0, 100_000_000).optional(),
  RATE_LIMIT_TENANT: whole(0, 100_000_000).optional(),
  ACTORS: z.string().default("./actors/mod.ts"),
  EVENTS_KEPT: whole(1, 100_000_000).default(100_000),
  JOBS_KEPT_DAYS: whole(1, 36_500).default(30),
  DEAD_LETTERS_KEPT_DAYS: whole(1, 36_500).default(90),
  AUDIT_KEPT_DAYS: whole(1, 36_500).default(365),
  SCANS_KEPT_DAYS: whole(1, 36_500).default(90),
  TICKS_KEPT_DAYS: whole(1, 36_500).default(30),
  MAIL_KEPT_DAYS: whole(1, 36_500).default(30),
  MAIL_KEPT: whole(1, 10_000_000).default(10_000),
  MAX_STREAMS: whole(1, 1_000_000).default(10_000),
  MAX_REQUESTS: whole(1, 1_000_000).default(10_000),
  TENANT_PENDING_LIMIT: whole(1, 100_000_000).default(1_000_000),
  TENANT_CONCURRENCY: whole(1, 100_000).optional(),
  TENANT_WEIGHTS: weights().default(new Map()),
  STOP_GRACE_MS: whole(0, 600_000).default(10_000),
});

export type Config = Readonly<z.output<typeof schema>>;

const MEANINGS: Readonly<Record<keyof Config, string>> = {
  PORT: "Where HTTP is answered; 0 takes a free port",
  HOST: "The address to listen at; anything but loopback needs `AUTH_SECRET` or `AUTH_JWKS_URL`",
  DATABASE_URL:
    "Where everything is kept: `sqlite:PATH`, `sqlite::memory:` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; " +
    "without it `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER` and `PGPASSWORD` name the last",
  DATABASE_MIGRATE_URL: "On Postgres: the same database for a role that may change tables; by default `DATABASE_URL`",
  DATABASE_READ_URL: "On Postgres: for lists and reports, such as a server that follows; by default `DATABASE_URL`",
  DATABASE_CONNECTIONS: "On Postgres: connections for short reads at most, and as many to write beside the batches",
  DATABASE_USES: "Short reads that one of these connections carries at a time; further ones wait",
  DATABASE_CONNECT_MS: "How long a start waits for a Postgres that is silent, in ms; at work it is tried every second",
  DATABASE_ACQUIRE_MS: "How long one waits for a connection that others use, in ms, before it is answered 503",
  DATABASE_CHECK_MS: "After how long without use a connection is asked whether it still works, in ms; 0: never",
  DATABASE_IDLE_MS: "After how long without use a connection is closed, in ms; 0: never",
  ROLE:
    "On Postgres: `all`, `http` (requests, no turns), `worker` (turns, no requests) or `notifications` (event streams)",
  NODE: "On Postgres: this node's name among those that share the database; by default its host's name and port",
  LEASE_MS: "On Postgres: after how long a node that gives no sign of life is replaced by the others, in ms",
  LOG_LEVEL: "`debug` (every turn), `info` (lifecycle), `warn` (retries, degraded) or `error` (a person must look)",
  LOG_FORMAT: "`text` or `json`; by default text in a terminal and JSON lines elsewhere",
  LOG_FILE: "Also log into this file, rotated at 10 MiB, five kept",
  ACTOR_ISOLATION: "Where turns run: `process`, `worker`, `inline`, or `auto`, the strongest that works here",
  WORKERS: "Workers that run turns, 1-64; by default by the number of cores",
  CHILD_MEMORY_MB: "What turns may hold in one process, in MiB; near it the process is replaced, above it killed",
  EGRESS_ALLOW:
    "Networks that user-given addresses may lead to although they are not public, such as `10.1.0.0/16,fd00::/8`",
  SCAN_API_BASE_URL: "Where a Scan Event API answers: declares a parcel stream `default` when the server starts",
  SCAN_API_TENANT: "Whose that stream is",
  LEDGER_BASE_URL: "Where the ledger answers that the financial sync reads, for all tenants",
  CREDIT_BUREAU_BASE_URL: "Where the credit bureau answers that decides on customers' applications, for all tenants",
  ORDERS_BASE_URL: "Where the card upstream answers that fulfils orders, for all tenants",
  ORDERS_SWEEP_MS: "How often orders are looked for whose fulfilment has got lost, in ms",
  CATALOG_BASE_URL_V1: "Where the card catalogue answers `GET /catalog`; with the next three it is kept in step",
  CATALOG_BASE_URL_V2: "Where it answers `GET /categories`",
  CATALOG_USER: "Who it is read as (basic auth)",
  CATALOG_PASSWORD: "The password of that user",
  CATALOG_EVERY_MS: "How often it is read, in ms",
  CATALOG_CATEGORY_CALLS: "How often its categories may be asked for in an hour; its brands may twice",
  CATALOG_WINDOW_MS: "The hour in which these calls are counted, in ms",
  WEBHOOK_SECRET:
    "Signs webhooks: `whsec_` and base64 of 24-64 random bytes; two, parted by a comma, while one replaces the other",
  SMTP_URL: "Where e-mail goes: `smtp://USER:PASSWORD@HOST:PORT`, `smtps://...`, `maildir:PATH` or `null:`; " +
    "by default files in `mail` beside the database's, or in `data/mail`",
  MAIL_FROM: "Who e-mail is from, such as `Sparkle Wash <hello@example.com>`; by default `mailroom@localhost`",
  MAIL_UNSUBSCRIBE_URL: "Where mail readers unsubscribe with one click: an https: URL, to which `?id=` is added",
  AUTH_SECRET: "Signs and verifies bearer tokens (HS256), 32 bytes or more, such as `openssl rand -base64 32` prints",
  AUTH_JWKS_URL: "Instead of `AUTH_SECRET`: where the keys are that verify bearer tokens (RS256, ES256, EdDSA)",
  AUTH_ISSUER: "What tokens must say in `iss`",
  AUTH_AUDIENCE: "What tokens must have in `aud`",
  CORS_ORIGINS: "Origins whose pages may call with a bearer token, such as `https://app.example`; needs `AUTH_*`",
  TRUSTED_PROXIES:
    "How many proxies stand in front, each of which adds to `X-Forwarded-For`; 0: that header is not read",
  RATE_LIMIT_ADDRESS:
    "Requests a minute from one address; by default 60000, and none where the server is open; 0: none",
  RATE_LIMIT_TENANT: "Requests a minute of one tenant; by default 60000, and none where the server is open; 0: none",
  ACTORS: "The module whose `registry` says which kinds there are",
  EVENTS_KEPT: "Newest events kept of each tenant",
  JOBS_KEPT_DAYS: "Days that finished jobs are kept, with their attempts and inputs",
  DEAD_LETTERS_KEPT_DAYS: "Days that messages which were given up are kept",
  AUDIT_KEPT_DAYS: "Days that the audit log is kept: who did what",
  SCANS_KEPT_DAYS: "Days that scan events are kept, which are the history of parcels; parcels stay",
  TICKS_KEPT_DAYS: "Days that the history of schedules is kept; of each the newest 10,000 ticks at most",
  MAIL_KEPT_DAYS: "Days that e-mail which was written into files is kept",
  MAIL_KEPT: "Newest e-mails of each tenant that are kept in files",
  MAX_STREAMS: "Event streams open at once; a further one is answered 503",
  MAX_REQUESTS: "Requests handled at once, open event streams apart; a further one is answered 503",
  TENANT_PENDING_LIMIT: "Unhandled messages of one tenant; beyond it is answered 429",
  TENANT_CONCURRENCY: "Actors of one tenant that run at once; by default three quarters of what runs",
  TENANT_WEIGHTS: "Shares of tenants that compete, such as `acme=3,beta=2`; 1 for the others",
  STOP_GRACE_MS: "What running turns get to finish after SIGTERM, in ms",
};

/** Every variable that is read, in the order of the README's table. */
export const SETTINGS: readonly Setting[] = Object.entries(MEANINGS).map(([name, meaning]) => ({
  name: name as keyof Config,
  default: written(schema.parse({})[name as keyof Config]),
  meaning,
}));

function written(value: unknown): string {
  return value === undefined || typeof value === "object" ? "" : String(value);
}

/**
 * The settings that an environment makes; an empty variable counts as not set.
 * @throws {RuntimeError} `invalid-config` naming every variable that is wrong
 */
export function loadConfig(env: Readonly<Record<string, string>>): Config {
  const set = Object.entries(env).filter(([name, value]) => Object.hasOwn(MEANINGS, name) && value !== "");
  const given = Object.fromEntries(set);
  // npm tells whatever it runs, `npx deno` too, where its Node is.
  if (given.NODE === env.npm_node_execpath) delete given.NODE;
  const parts = postgresUrlOf(env);
  if (parts !== undefined) given.DATABASE_URL ??= parts;
  const parsed = schema.safeParse(given);
  const faults = parsed.error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`) ?? [];
  faults.push(...accessFaults(env), ...sharingFaults(given));
  if (parsed.success && faults.length === 0) return Object.freeze(parsed.data);
  throw new RuntimeError("invalid-config", `The environment cannot be used: ${faults.join("; ")}`);
}

/** Who has the database for itself has to do everything. */
function sharingFaults(given: Readonly<Record<string, string>>): readonly string[] {
  const { ROLE = "all", DATABASE_URL = "sqlite:" } = given;
  if (!DATABASE_URL.startsWith("sqlite:")) return [];
  const more = ["DATABASE_MIGRATE_URL", "DATABASE_READ_URL"].filter((name) => given[name] !== undefined);
  return [
    ...more.map((name) => `${name} needs DATABASE_URL to be a postgres: address`),
    ...(ROLE === "all"
      ? []
      : [`ROLE must be all on SQLite, where there is one node: for several set DATABASE_URL to a postgres: address`]),
  ];
}

/** What access control cannot be like. An empty AUTH_* is one: whoever wrote it believes that the server is closed. */
function accessFaults(env: Readonly<Record<string, string>>): readonly string[] {
  const { HOST = "", AUTH_SECRET, AUTH_JWKS_URL } = env;
  const names = Object.keys(MEANINGS).filter((name) => name.startsWith("AUTH_") && env[name] !== undefined);
  const faults = names.filter((name) => env[name] === "")
    .map((name) => `${name} is empty: give it a value, or do not set it`);
  if (AUTH_SECRET !== undefined && AUTH_JWKS_URL !== undefined) {
    faults.push("AUTH_SECRET and AUTH_JWKS_URL exclude each other: set one of them");
  }
  if (AUTH_SECRET !== undefined || AUTH_JWKS_URL !== undefined) return faults;
  if ((env.CORS_ORIGINS ?? "") !== "") {
    faults.push("CORS_ORIGINS needs AUTH_SECRET or AUTH_JWKS_URL: pages elsewhere would act without a token");
  }
  if (names.length > 0) {
    faults.push(`${names.join(", ")} without AUTH_SECRET or AUTH_JWKS_URL: nobody would have to sign in`);
  }
  if (HOST !== "" && !LOOPBACK.test(HOST)) {
    faults.push(
      "HOST must be localhost, 127.x.x.x or ::1 while nobody has to sign in: set AUTH_SECRET or AUTH_JWKS_URL",
    );
  }
  return faults;
}
