import assert from "node:assert/strict";
import { problemIn, setupApp } from "../support/test_app.ts";

Deno.test("S1-23 GET /health tells how the server is, in numbers", async () => {
  const { get, system, clock } = setupApp();
  clock.advance(2_000);
  system.setHealth({ pending: 3, running: 1 });
  const response = await get("/health");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    condition: "healthy",
    checks: [{ name: "hosts", status: "ok", detail: null }],
    status: "ready",
    version: "0.1.0",
    uptimeMs: 2_000,
    storage: "ok",
    pending: 3,
    running: 1,
    queuedCommits: 0,
    streams: 0,
    upstreams: [],
    schedules: [],
  });
});

Deno.test("S1-23 GET /health tells how each upstream is that a kind declares, and of none that a user gave (S3-42)", async () => {
  const { get, system } = setupApp();
  system.setSight({ upstream: "catalog", calls: 4, errorRatio: 0.25, latencyMs: 12.5, remaining: 2 });
  const waitUntil = Date.parse("2026-11-22T08:56:46Z");
  system.setSight({ upstream: "scan-api", breaker: "open", errorRatio: 1, openUntil: 1, waitUntil });
  system.setSight({ upstream: "parcel-source", tenant: "acme", baseUrl: "https://secret.example/" });
  const { upstreams } = await (await get("/health")).json();
  assert.deepEqual(upstreams, [
    { name: "catalog", breaker: "closed", errorRatio: 0.25, latencyMs: 12.5, remaining: 2, waitUntil: null },
    {
      name: "scan-api",
      breaker: "open",
      errorRatio: 1,
      latencyMs: null,
      remaining: null,
      waitUntil: "2026-11-22T08:56:46.000Z",
    },
  ]);
});

Deno.test("S4-36 GET /health tells what works and wants a look from what takes no work", async () => {
  const { get, system } = setupApp();
  const condition = async () => (await (await get("/health")).json()).condition;
  assert.equal(await condition(), "healthy");
  system.setHealth({ queuedCommits: 10_001 });
  assert.equal(await condition(), "degraded");
  system.setHealth({ queuedCommits: 0 });
  system.setSight({ upstream: "catalog", breaker: "open", openUntil: 1 });
  assert.equal(await condition(), "degraded");
  system.setSight({ upstream: "catalog", breaker: "half-open" });
  assert.equal(await condition(), "healthy");
  for (const status of ["starting", "unavailable", "draining", "stopping"] as const) {
    system.setHealth({ status });
    assert.equal(await condition(), "unhealthy", status);
  }
});

Deno.test("S4-58 GET /metrics counts answers by operation: how they ended and how long they took", async () => {
  const { get, post, submit, clock } = setupApp({ maxRequests: 10 });
  await submit();
  await post("/api/jobs", { type: "greet", payload: { name: "" } });
  await get("/api/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW");
  await get("/nowhere");
  clock.advance(30);
  const text = await (await get("/metrics")).text();
  for (
    const line of [
      'mailroom_http_requests_total{operation="submitJob",status="2xx"} 1',
      'mailroom_http_requests_total{operation="submitJob",status="4xx"} 1',
      'mailroom_http_requests_total{operation="getJob",status="4xx"} 1',
      'mailroom_http_requests_total{operation="others",status="4xx"} 1',
      'mailroom_http_request_duration_seconds_bucket{le="0.001",operation="submitJob"} 2',
      'mailroom_http_request_duration_seconds_count{operation="submitJob"} 2',
    ]
  ) assert.ok(text.split("\n").includes(line), `${line} is not in\n${text}`);
});

Deno.test("S1-24 GET /metrics tells of upstreams by name: how requests end and how long they take, breaker, budget (S3-37)", async () => {
  const { get, system } = setupApp();
  const { diagnostics } = system;
  diagnostics.tell({ event: "upstream.requested", upstream: "scan-api", errorClass: "none", durationMs: 40 });
  diagnostics.tell({ event: "upstream.requested", upstream: "scan-api", errorClass: "timeout", durationMs: 900 });
  diagnostics.tell({ event: "upstream.requested", upstream: "scan-api", errorClass: "breaker-open", durationMs: null });
  system.setSight({ upstream: "scan-api", breaker: "open", remaining: 2 });
  system.setSight({ upstream: "catalog" });
  system.setSight({ upstream: "parcel-source", tenant: "acme", baseUrl: "https://secret.example/" });
  const text = await (await get("/metrics")).text();
  for (
    const line of [
      'mailroom_upstream_requests_total{upstream="scan-api",errorClass="none"} 1',
      'mailroom_upstream_requests_total{upstream="scan-api",errorClass="timeout"} 1',
      'mailroom_upstream_requests_total{upstream="scan-api",errorClass="breaker-open"} 1',
      'mailroom_upstream_request_seconds_bucket{le="0.05",upstream="scan-api"} 1',
      'mailroom_upstream_request_seconds_count{upstream="scan-api"} 2',
      'mailroom_upstream_breaker_state{upstream="scan-api"} 2',
      'mailroom_upstream_breaker_state{upstream="catalog"} 0',
      'mailroom_upstream_remaining{upstream="scan-api"} 2',
    ]
  ) assert.ok(text.includes(`${line}\n`), line);
  assert.doesNotMatch(text, /acme|secret|parcel-source|remaining\{upstream="catalog"/);
});

for (const status of ["starting", "unavailable", "draining", "stopping", "stopped"] as const) {
  Deno.test(`GET /health/ready answers 503 while the server is ${status}, the others stay 200`, async () => {
    const { get, system } = setupApp();
    system.setHealth({ status });
    const response = await get("/health/ready");
    assert.ok(Number(response.headers.get("retry-after")) > 0);
    await problemIn(response, 503);
    assert.equal((await get("/health")).status, 200);
    assert.equal((await get("/health/live")).status, 200);
  });
}

Deno.test("GET /health/ready answers 200 when the server takes work", async () => {
  const { get } = setupApp();
  assert.equal((await get("/health/ready")).status, 200);
});

Deno.test("GET /metrics counts what the diagnostics tell, by kind and never by tenant", async () => {
  const { get, system } = setupApp();
  const turn = { tenant: "acme", kind: "greet", key: "k", messageId: "m", attempt: 1 };
  system.setHealth({ pending: 7 });
  system.diagnostics.tell({ event: "turn.committed", durationMs: 40, waitedMs: 1, ...turn });
  system.diagnostics.tell({ event: "turn.retried", delayMs: 10, code: "handler-failed", error: "no", ...turn });
  system.diagnostics.tell({ event: "message.dead-lettered", code: "handler-failed", error: "no", ...turn });
  system.diagnostics.tell({ event: "turn.redelivered", reason: "lost", ...turn });
  system.diagnostics.tell({ event: "batch.committed", entries: 12, durationMs: 2 });
  system.diagnostics.tell({ event: "child.lost", pid: 1, reason: "memory", lost: 2 });
  const response = await get("/metrics");
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=/);
  const text = await response.text();
  for (
    const line of [
      'mailroom_turns_total{kind="greet",outcome="committed"} 1',
      'mailroom_turns_total{kind="greet",outcome="dead-lettered"} 1',
      'mailroom_retries_total{kind="greet",code="handler-failed"} 1',
      'mailroom_dead_letters_total{kind="greet",code="handler-failed"} 1',
      'mailroom_redeliveries_total{kind="greet"} 1',
      'mailroom_turn_duration_seconds_bucket{le="0.1",kind="greet"} 1',
      "mailroom_batch_entries_sum 12",
      "mailroom_child_restarts_total 1",
      "mailroom_pending_messages 7",
      "mailroom_open_streams 0",
    ]
  ) assert.ok(text.includes(`${line}\n`), line);
  assert.match(text, /process_cpu_seconds_total/);
  assert.doesNotMatch(text, /acme/);
  assert.doesNotMatch(text, /lease_left/);
});

Deno.test("GET /metrics tells of a node among others how long its lease is and what it took from them", async () => {
  const { get, system } = setupApp({ standing: { leaseLeftMs: 9_500, nodes: 3, aheadMs: -20 } });
  system.diagnostics.tell({ event: "heads.claimed", kind: "greet", heads: 40 });
  system.diagnostics.tell({ event: "lease.lost", node: "one" });
  system.diagnostics.tell({ event: "node.taken-over", node: "two", heads: 7 });
  const text = await (await get("/metrics")).text();
  for (
    const line of [
      "mailroom_lease_left_seconds 9.5",
      "mailroom_nodes 3",
      "mailroom_database_clock_ahead_seconds -0.02",
      "mailroom_waiting_actors 0",
      'mailroom_heads_claimed_total{kind="greet"} 40',
      "mailroom_leases_lost_total 1",
      "mailroom_nodes_taken_over_total 1",
      "mailroom_heads_taken_over_total 7",
    ]
  ) assert.ok(text.includes(`${line}\n`), line);
});

Deno.test("GET /openapi.json describes every route (S2-18)", async () => {
  const { get, app } = setupApp();
  const document = await (await get("/openapi.json")).json();
  assert.equal(document.openapi, "3.1.0");
  const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const routed = app.routes.filter(({ path }) => /^\/(api\/[a-z]|health|metrics|openapi|docs)/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  assert.deepEqual(described.sort(), [...new Set(routed)].sort());
  const { Job, JobSubmission, ...schemas } = document.components.schemas;
  assert.ok(Job.properties.lastError);
  assert.deepEqual(JobSubmission.properties.type.enum, ["greet", "import"]);
  assert.deepEqual(schemas["payload-greet"].required, ["name"]);
});

Deno.test("GET /openapi.json says of every operation, parameter and property what it means", async () => {
  const { get } = setupApp();
  const { paths, components, tags } = await (await get("/openapi.json")).json();
  const silent: string[] = [];
  for (const [path, methods] of Object.entries<Record<string, Operation>>(paths)) {
    for (const [method, { summary, parameters = [], tags: used }] of Object.entries(methods)) {
      const name = `${method} ${path}`;
      if (!summary || !used.every((tag) => tags.some(({ name }: { name: string }) => name === tag))) silent.push(name);
      for (const { name: of, description, schema } of parameters) {
        if (!description && !schema.description) silent.push(`${name} ${of}`);
      }
    }
  }
  // What a payload means is its author's to say.
  const own = Object.entries<Schema>(components.schemas).filter(([name]) => !name.startsWith("payload-"));
  for (const [name, { properties = {} }] of own) {
    for (const [of, { description }] of Object.entries(properties)) if (!description) silent.push(`${name}.${of}`);
  }
  assert.deepEqual(silent, []);
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly description?: string; readonly schema: Schema }[];
}

Deno.test("GET /docs is a page without inline script that loads from here only (S2-18)", async () => {
  const { get } = setupApp();
  const page = await get("/docs");
  const html = await page.text();
  assert.doesNotMatch(page.headers.get("content-security-policy")!, /script-src/);
  assert.doesNotMatch(html, /<script(?![^>]*src=)|https?:\/\/|\son\w+=/);
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  assert.equal(links.length, 4);
  for (const link of links) {
    const response = await get(link);
    assert.equal(response.status, 200, link);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.ok((await response.bytes()).length > 50);
  }
  for (const file of ["package.json", "..%2fpackage.json", "__proto__", "index.html"]) {
    await problemIn(await get(`/docs/${file}`), 404);
  }
});
