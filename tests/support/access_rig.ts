import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createApp } from "../../routes/app.ts";
import type { Role } from "../../routes/access/principal.ts";
import { auditTables } from "../../runtime/access/audit.ts";
import type { AuditRow } from "../../runtime/access/audit_rows.ts";
import { type Clock, systemClock } from "../../runtime/core/clock.ts";
import { openMaildir } from "../../runtime/upstream/mail/read_maildir.ts";
import { before } from "./deadline.ts";
import { registry } from "./registry/access_registry.ts";
import { ORIGIN } from "./test_app.ts";
import { setup, type TestSystem } from "./test_system.ts";
import { bearer, secretAuthentication, signToken } from "./tokens.ts";

/** A request but for who sends it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Everything of an answer but what is new each time: the request id, fresh ids, the time, and whether one asked before. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** It was made for an identical request. */
  readonly isShared: boolean;
  /** The same for answers that nobody can tell apart. */
  readonly bytes: string;
}

/** The whole HTTP side over a real node and its file, where one has to sign in. */
export interface AccessRig extends AsyncDisposable {
  readonly node: TestSystem;
  send(call: Call, headers: Readonly<Record<string, string>>): Promise<Answer>;
  /** The headers of one who has this role in the tenant. */
  as(role: Role, tenant: string): Promise<Readonly<Record<string, string>>>;
  /** Every row of the tenant, or of all, in the file. */
  rowsOf(tenant?: string): string;
  /** The audit log of the tenant, oldest first. */
  auditOf(tenant: string): Promise<readonly Omit<AuditRow, "tenant">[]>;
  /** What went to the log. */
  readonly errors: readonly unknown[];
  /** The answer itself. */
  fetch(call: Call, headers: Readonly<Record<string, string>>): Promise<Response>;
  /** The HTTP side's clock goes on by so much. */
  pass(ms: number): void;
  /** Ends node and HTTP side as kill -9 would, and begins both anew over the same file. */
  restart(): Promise<void>;
}

const REGISTRY_URL = new URL("./registry/access_registry.ts", import.meta.url).href;
const NEW_EACH_TIME = ["x-request-id", "x-deduplicated"];
const ULID = /[0-7][0-9A-HJKMNP-TV-Z]{25}/gi;
/** Of a key with its id, so that both go. */
const SECRET = /(mr_[0-9a-z]{26}_)?[A-Za-z0-9_-]{43}/g;
/** What becomes of a thing by itself meanwhile. */
const LIVE = /"breaker":(?:null|"[a-z-]+")/g;
/** How long ago something is, as a page of the console says. */
const AGO = />[^<>]{1,20}<\/time>/g;
/** Of what has been made in the call itself, its version begins with the time. */
const VERSION = /"\\\"[0-9a-z]{8}-\d+\.\d+c?\\\""/g;
/** How long a cookie holds from now on, which is a second less in a moment. */
const LASTING = /Max-Age=\d+/g;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g;

export async function setupAccess({ isOpen = false } = {}): Promise<AccessRig> {
  const node = await setup({ kinds: { registry, registryUrl: REGISTRY_URL } });
  const file = new DatabaseSync(node.path, { readOnly: true });
  const errors: unknown[] = [];
  let passedMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + passedMs,
    monotonic: () => systemClock.monotonic() + passedMs,
    after: systemClock.after,
  };
  const authentication = isOpen ? { isOpen: true } as const : await secretAuthentication(clock);
  const serve = () =>
    createApp({
      system: node.system,
      clock,
      config: {
        port: () => 8000,
        maxStreams: 100,
        version: "0.1.0",
        maildir: openMaildir(join(dirname(node.path), "mail")),
      },
      authentication,
      onError: (error) => errors.push(error),
      startedAt: clock.now(),
    });
  let app = serve();
  const fetch: AccessRig["fetch"] = async ({ method, path, body, headers: own = {} }, headers) =>
    await app.request(ORIGIN + path, {
      method,
      headers: { ...own, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return {
    node,
    errors,
    fetch,
    pass: (ms) => void (passedMs += ms),
    async restart() {
      await node.restart();
      app = serve();
    },
    async send(call, headers) {
      const response = await fetch(call, headers);
      const text = await textOf(response, await node.system.feed.last(headers["X-Tenant"] ?? "acme"));
      const told = [...response.headers].filter(([name]) => !NEW_EACH_TIME.includes(name)).sort();
      const bytes = JSON.stringify([response.status, told, text.replaceAll(LIVE, '"breaker":"LIVE"')]);
      const isShared = response.headers.has("x-deduplicated");
      return {
        status: response.status,
        text,
        isShared,
        bytes: bytes.replaceAll(SECRET, "SECRET").replaceAll(ULID, "ULID").replaceAll(INSTANT, "INSTANT")
          .replaceAll(LASTING, "Max-Age=LASTING")
          .replaceAll(AGO, ">AGO</time>").replaceAll(VERSION, '"VERSION"'),
      };
    },
    as: async (role, tenant) => bearer(await signToken(clock, { claims: { role, tenant, sub: `${role}@${tenant}` } })),
    rowsOf: (tenant) => JSON.stringify(tenantTables(file).map((table) => [table, rowsIn(file, table, tenant)])),
    async auditOf(tenant) {
      const { rows } = await node.system.query(tenant, auditTables.queries.page, { limit: 1_000 });
      return rows.toReversed();
    },
    async [Symbol.asyncDispose]() {
      file.close();
      node.system.feed.close();
      await node[Symbol.asyncDispose]();
    },
  };
}

function tenantTables(file: DatabaseSync): readonly string[] {
  const tables = file.prepare(
    "select m.name from sqlite_master m where m.type = 'table' and exists" +
      " (select 1 from pragma_table_info(m.name) where name = 'tenant') order by m.name",
  ).all();
  return tables.map(({ name }) => String(name));
}

function rowsIn(file: DatabaseSync, table: string, tenant: string | undefined): readonly unknown[] {
  const all = `select * from "${table}"`;
  const rows = tenant === undefined ? file.prepare(all).all() : file.prepare(`${all} where tenant = ?`).all(tenant);
  return rows.map((row) => JSON.stringify(row, (_, value) => typeof value === "bigint" ? String(value) : value)).sort();
}

/** Of a stream what it tells up to the event of this number. */
async function textOf(response: Response, last: number): Promise<string> {
  if (response.headers.get("content-type") !== "text/event-stream") return await response.text();
  return await before(streamed(response, last), 10_000, () => new Error("The event of the tenant did not come"));
}

async function streamed(response: Response, last: number): Promise<string> {
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes(`id: ${last}\n`)) break;
  }
  return text;
}
