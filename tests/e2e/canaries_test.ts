import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../runtime/core/clock.ts";
import { ROLES } from "../../routes/access/principal.ts";
import { until } from "../support/api.ts";
import { type Canaries, createCanaries } from "../support/canaries.ts";
import { openOutside } from "../support/outside.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { setupApp } from "../support/test_app.ts";
import { bearer, signToken } from "../support/tokens.ts";

/*
 * A string of its own in every place where something secret comes in: the environment, tokens, headers, queries, payloads.
 * It is driven through every route and every way to fail, and afterwards looked for in all that the server lets out.
 */

/** Kept, and given back to their tenant. */
const PAYLOADS = [
  "import",
  "row",
  "header of a file",
  "key of a file",
  "webhook",
  "webhook's header",
  "webhook's query",
]
  .concat(["culprit", "message", "refused payload", "malformed payload", "dedupe key"]);
/** What is kept beside them: a repeat is known by it. */
const KEPT = [...PAYLOADS, "Idempotency-Key"];

Deno.test("no secret and no payload is told to the log, the metrics, another tenant or who has no right to it", async (t) => {
  const canaries = createCanaries();
  await using outside = openOutside({ "/fails": () => new Response(null, { status: 500 }) });
  const dataDir = await Deno.makeTempDir({ prefix: "mailroom-data-" });
  const logFile = join(dataDir, "mailroom.log");
  const secret = canaries.of("AUTH_SECRET");
  await using server = await startServer({
    dataDir,
    env: {
      ACTORS: "tests/support/actors/mod.ts",
      AUTH_SECRET: secret,
      WEBHOOK_SECRET: `whsec_${btoa(canaries.of("WEBHOOK_SECRET"))}`,
      AWS_SECRET_ACCESS_KEY: canaries.of("environment"),
      EGRESS_ALLOW: "127.0.0.1",
      TRUSTED_PROXIES: "1",
      LOG_FORMAT: "text",
      LOG_FILE: logFile,
    },
  });
  const client = await clientOf(server, canaries, secret);

  await t.step("every route, asked by nobody, with wrong tokens, and by every role with nonsense", async () => {
    for (const answer of await askEverywhere(client, canaries)) {
      assert.deepEqual(canaries.foundIn(answer), [], answer);
    }
  });
  await t.step("jobs that succeed, fail, are refused and take their process down", async () => {
    await Promise.all(jobs(canaries, outside.url).map((job) => client.run(job)));
    for (const bad of refusals(canaries)) {
      const { status, text } = await client.as("operator", "acme", "POST", bad.path, bad.body);
      assert.ok(status >= 400 && status < 500, text);
      assert.deepEqual(canaries.foundIn(text).filter((place) => !PAYLOADS.includes(place)), []);
    }
    await client.as("operator", "acme", "POST", "/api/actors/counter/main/add", JSON.stringify({ by: 1 }));
    assert.ok(outside.seen.length > 1);
    assert.ok(
      outside.seen.every(({ headers, body }) => canaries.foundIn(JSON.stringify([...headers]) + body).length > 0),
    );
  });
  await t.step("nothing of it is told to another tenant", async () => {
    const lists = ["/api/jobs", "/api/dead-letters", "/api/actors", "/api/kinds", "/openapi.json", "/health"];
    const texts = await Promise.all(lists.map(async (path) => (await client.as("admin", "beta", "GET", path)).text));
    assert.deepEqual(canaries.foundIn(texts.join()), []);
    assert.deepEqual(canaries.foundIn(await client.firstEvents("beta")), []);
    assert.ok(canaries.foundIn((await client.as("viewer", "acme", "GET", "/api/dead-letters")).text).length > 0);
  });
  await t.step("nothing of it is in the metrics", async () => {
    const { status, text } = await client.as("platform", "acme", "GET", "/metrics");
    assert.equal(status, 200);
    assert.deepEqual(canaries.foundIn(text), []);
  });
  await t.step("nothing of it is in the log, as text or as JSON, though all was logged", async () => {
    assert.equal(await server.stop(), 0);
    const [shown, file] = [server.logs().join("\n"), await Deno.readTextFile(logFile)];
    for (const log of [shown, file]) {
      assert.match(log, /message given up/);
      assert.match(log, /turn committed/);
      assert.deepEqual(linesWith(canaries, log), []);
      assert.deepEqual(log.match(/[^\n\P{Cc}]|[\p{Zl}\p{Zp}\p{Bidi_C}]/gu), null, "nothing that forges a line (P28)");
    }
    const messages = file.trimEnd().split("\n").map((line) => JSON.parse(line).message);
    assert.ok(messages.includes("handler wrote") && !messages.includes("forged"));
  });
  await t.step("what lies in the data folder is what was to be kept, and no token or header", async () => {
    const held = new Set<string>();
    for await (const { name } of Deno.readDir(dataDir)) {
      for (const place of canaries.foundIn(await Deno.readFile(join(dataDir, name)))) held.add(place);
    }
    assert.ok(held.size > 5);
    assert.deepEqual([...held].filter((place) => !KEPT.includes(place)), []);
  });
  await Deno.remove(dataDir, { recursive: true });
});

interface Answered {
  readonly status: number;
  /** Head and body. */
  readonly text: string;
}

interface Client {
  send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Answered>;
  as(role: string, tenant: string, method: string, path: string, body?: string): Promise<Answered>;
  /** Submits a job of acme's and waits for its end. */
  run(job: object): Promise<void>;
  /** What a reader of the tenant is told at once when it wants everything. */
  firstEvents(tenant: string): Promise<string>;
  readonly tokens: readonly string[];
}

async function clientOf(server: RunningServer, canaries: Canaries, secret: string): Promise<Client> {
  const key = new TextEncoder().encode(secret);
  const token = async (role: string, tenant: string) =>
    await signToken(systemClock, { key, claims: { role, tenant, jti: canaries.of("token") } });
  const headers = {
    "Cookie": `session=${canaries.of("Cookie")}`,
    "X-Api-Key": canaries.of("X-Api-Key"),
    "User-Agent": canaries.of("User-Agent"),
    "Forwarded": "for=127.0.0.1\u0085\u009b",
    "Referer": `http://example.com/?code=${canaries.of("Referer")}`,
    "Proxy-Authorization": `Basic ${btoa(`ann:${canaries.of("Proxy-Authorization")}`)}`,
  };
  let sent = 0;
  /** An address for each, so that wrong tokens are looked at however many there are. */
  const from = () => `198.51.${100 + (++sent >> 8)}.${sent & 255}`;
  const client: Client = {
    tokens: await Promise.all(ROLES.map((role) => token(role, "acme"))),
    async send(method, path, more, body) {
      const init = {
        method,
        headers: { ...headers, "X-Forwarded-For": from(), ...more },
        ...(body === undefined ? {} : { body }),
      };
      const response = await fetch(server.url + path, init);
      const { status } = response;
      const isStream = response.headers.get("content-type") === "text/event-stream";
      const text = isStream ? "" : await response.text();
      if (isStream) await response.body?.cancel();
      return { status, text: JSON.stringify([...response.headers]) + text };
    },
    async as(role, tenant, method, path, body) {
      const type = body === undefined ? {} : { "content-type": "application/json" };
      return await client.send(method, path, { ...bearer(await token(role, tenant)), ...type }, body);
    },
    async run(job) {
      const { status, text } = await client.as("operator", "acme", "POST", "/api/jobs", JSON.stringify(job));
      assert.equal(status, 201, text);
      const [, id] = /"id":"(\w+)"/.exec(text)!;
      await until(`the end of ${id}`, async () => {
        const { text } = await client.as("viewer", "acme", "GET", `/api/jobs/${id}`);
        return /"finishedAt":"/.test(text) || undefined;
      });
    },
    async firstEvents(tenant) {
      const url = `${server.url}/api/notifications/stream?lastEventId=0`;
      const response = await fetch(url, { headers: bearer(await token("viewer", tenant)) });
      const reader = response.body!.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return new TextDecoder().decode(value);
    },
  };
  return client;
}

/** The texts of all answers. */
async function askEverywhere({ send, tokens }: Client, canaries: Canaries): Promise<readonly string[]> {
  const routes = new Map(setupApp().app.routes.map(({ method, path }) => [`${method} ${path}`, { method, path }]));
  const answers: string[] = [];
  const more = {
    "Idempotency-Key": canaries.of("Idempotency-Key"),
    "X-Request-Id": `${canaries.of("X-Request-Id")} `.repeat(3),
    "Last-Event-ID": canaries.of("Last-Event-ID"),
    "traceparent": canaries.of("traceparent"),
  };
  const callers = ["", `${tokens[1]}${canaries.of("wrong token")}`, canaries.of("no token"), ...tokens];
  for (const { method, path } of routes.values()) {
    if (method === "ALL" || path.startsWith("/assets/")) continue;
    for (const caller of callers) {
      const headers = { ...more, ...(caller === "" ? {} : bearer(caller)), "content-type": "application/json" };
      const query = `?code=${canaries.of("query")}&tenant=acme`;
      const body = method === "GET" ? undefined : `{"type":"${canaries.of("malformed payload")}"`;
      const { status, text } = await send(method, path.replace(/:\w+/g, "x") + query, headers, body);
      answers.push(`${method} ${path} ${status} ${text}`);
    }
  }
  return answers;
}

/** What would be a line of its own in the log, or be obeyed by a terminal. */
const FORGED =
  'x\r\n{"time":"2026-11-22T12:00:00.000Z","level":"error","message":"forged"}\n\u001b[2J\u2028\u2029\u0085\u009b\u202e';

/** Jobs with a canary in every part of them that is theirs. */
function jobs(canaries: Canaries, outside: string): readonly object[] {
  const webhook = (path: string, more: object = {}) => ({
    type: "webhook",
    maxAttempts: 1,
    payload: {
      url: `${path}?code=${canaries.of("webhook's query")}`,
      body: { secret: canaries.of("webhook") },
      headers: { Authorization: `Bearer ${canaries.of("webhook's header")}` },
    },
    ...more,
  });
  const file = (content: string, more: object = {}) => ({
    type: "import",
    payload: { dataset: canaries.of("import"), content, ...more },
  });
  const column = canaries.of("header of a file");
  return [
    file(`id,name\n1,${canaries.of("row")}\n2,"${canaries.of("row")}\n`),
    file(`id,${column}\n1,a\n`, { key: canaries.of("key of a file") }),
    file(`id,${column},${column}\n1,a,b\n`),
    file(`id,"${column}\n1,a\n`),
    file(`id,${FORGED.replaceAll(/[\r\n"]/g, "")}\n`, { key: `${FORGED}${column}` }),
    webhook(`${outside}/status/200`),
    webhook(`${outside}/fails`),
    webhook(`${outside}/status/410`, { dedupeKey: canaries.of("dedupe key") }),
    webhook(`${outside}/redirect`),
    webhook("http://10.0.0.1/"),
    webhook("http://127.0.0.1:9/"),
    webhook("http://no-such-name.invalid/"),
    ...["throw", "exit", "env", "file", "garbage"].map((how) => ({
      type: "misbehaving",
      payload: { how, secret: canaries.of("culprit") },
    })),
    { type: "culprit", payload: { how: "exit", secret: canaries.of("culprit") }, maxAttempts: 1 },
  ];
}

/** What is refused, with a canary where it is wrong. */
function refusals(canaries: Canaries): readonly { readonly path: string; readonly body: string }[] {
  const canary = canaries.of("refused payload");
  return [
    { path: "/api/jobs", body: JSON.stringify({ type: canary }) },
    { path: "/api/jobs", body: JSON.stringify({ type: "report", [canary]: canary }) },
    { path: "/api/jobs", body: JSON.stringify({ type: "report", payload: { from: canary, [canary]: 1 } }) },
    { path: "/api/jobs", body: `{"type":"report","a":"${canaries.of("malformed payload")}` },
    { path: "/api/jobs/batch", body: JSON.stringify([{ type: "report", payload: canary }]) },
    { path: "/api/actors/counter/main/add", body: JSON.stringify({ by: canaries.of("message") }) },
    { path: `/api/actors/counter/main/${canary}`, body: "{}" },
    { path: `/api/kinds/${canary}/pause`, body: "{}" },
  ];
}

function linesWith(canaries: Canaries, log: string): readonly string[] {
  return log.split("\n").flatMap((line) => {
    const found = canaries.foundIn(line);
    return found.length === 0 ? [] : [`${found}: ${line}`];
  });
}
