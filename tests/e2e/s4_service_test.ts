import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { apiOf, statusOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";
import { shareServer } from "../support/shared_server.ts";

const shared = shareServer();
const IMPORT = { type: "import", payload: { dataset: "people", content: "id,name\n1,Ann\n" } };

/** A check, an upstream or a schedule in `/health`. */
interface Part {
  readonly name: string;
  readonly status?: string;
  readonly breaker?: string;
  readonly condition?: string;
  readonly errorRatio?: number;
}

interface Told {
  readonly ready: number;
  readonly live: number;
  readonly condition: string;
  readonly status: string;
  readonly storage: string;
}

function setup() {
  const server = shared();
  const api = apiOf(server);
  /** A list as it is answered, and whether it is an answer given again. */
  const list = async (query = "", { send } = api, headers: Record<string, string> = {}) => {
    const answer = await send("GET", `/api/jobs${query}`, undefined, headers);
    assert.equal(answer.status, 200);
    const { items } = await answer.json() as { items: { id: string }[] };
    return { again: answer.headers.get("x-deduplicated") === "true", ids: items.map(({ id }) => id) };
  };
  const metric = async (line: string) => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const value = text.split("\n").find((each) => each.startsWith(`${line} `))?.slice(line.length + 1);
    return value === undefined ? 0 : Number(value);
  };
  return { server, api, list, metric };
}

Deno.test("a list that is read again is the same answer, until something of its tenant changes [S4-33]", async () => {
  const { api, list } = setup();
  const { id } = await api.submit(IMPORT);
  await api.waitFor(id, "succeeded");
  assert.deepEqual(await list(), { again: false, ids: [id] });
  for (let count = 0; count < 3; count++) assert.deepEqual(await list(), { again: true, ids: [id] });
  const other = await api.submit({ ...IMPORT, delayMs: 60_000 });
  assert.deepEqual(await list(), { again: false, ids: [other.id, id] });
  const { paths } = await (await api.send("GET", "/openapi.json")).json();
  assert.deepEqual([paths["/api/jobs"].get["x-dedupe-ms"], paths["/api/customers/{id}"].put["x-dedupe-ms"]], [
    30_000,
    5_000,
  ]);
});

Deno.test("only what is identical is given again: tenant, address, what is accepted, and nobody who insists [S4-35]", async () => {
  const { server, api, list } = setup();
  const { id } = await api.submit({ ...IMPORT, delayMs: 60_000 });
  const neighbour = apiOf(server, { tenant: `${server.tenant}-beside` });
  assert.deepEqual(await list(), { again: false, ids: [id] });
  assert.deepEqual(await list(""), { again: true, ids: [id] });
  assert.deepEqual(await list("", neighbour), { again: false, ids: [] });
  assert.deepEqual(await list("?limit=7"), { again: false, ids: [id] });
  assert.deepEqual(await list("", api, { accept: "application/json" }), { again: false, ids: [id] });
  assert.deepEqual(await list("", api, { "cache-control": "no-cache" }), { again: false, ids: [id] });
  await neighbour.submit({ ...IMPORT, delayMs: 60_000 });
  assert.deepEqual(await list(), { again: true, ids: [id] }, "what another tenant has done ends nothing");
});

Deno.test("the health of the running server is told part by part, in numbers [S4-36]", async () => {
  const { api } = setup();
  await api.waitFor((await api.submit(IMPORT)).id, "succeeded");
  const health = await (await api.send("GET", "/health")).json();
  assert.deepEqual([health.status, health.storage], ["ready", "ok"]);
  for (const name of ["pending", "running", "queuedCommits", "streams"]) {
    assert.ok(Number.isInteger(health[name]), name);
  }
  assert.ok(health.uptimeMs > 0);
  const { checks, upstreams, schedules = [] } = health as Record<"checks" | "upstreams" | "schedules", Part[]>;
  const names = [...checks, ...upstreams].map(({ name }) => name);
  for (const name of ["financial-sync", "ledger", "scan-api"]) assert.ok(names.includes(name), `${names}`);
  for (const { errorRatio = NaN } of upstreams) assert.ok(errorRatio >= 0 && errorRatio <= 1);
  const isWell = [...checks, ...upstreams, ...schedules].every(
    ({ status = "ok", breaker = "closed", condition = "healthy" }) =>
      status === "ok" && breaker !== "open" && condition === "healthy",
  );
  assert.equal(health.condition, isWell ? "healthy" : "degraded");
});

Deno.test("while the database takes no writes the server is live, not ready, and says why; then it is well again", async (t) => {
  await using server = await startServer();
  const { send, submit, waitFor } = apiOf(server);
  const told = async (): Promise<Told> => {
    const [ready, live] = await Promise.all(
      ["/ready", "/live"].map((probe) => statusOf(send("GET", `/health${probe}`))),
    );
    const { condition, status, storage } = await (await send("GET", "/health")).json();
    return { ready: ready!, live: live!, condition, status, storage };
  };
  const well: Told = { ready: 200, live: 200, condition: "healthy", status: "ready", storage: "ok" };
  assert.deepEqual(await told(), well);

  const other = new DatabaseSync(join(server.dataDir, "mailroom.db"));
  try {
    other.exec("begin immediate");
    await until("a job is refused", async () => await statusOf(send("POST", "/api/jobs", IMPORT)) === 503 || undefined);
    const seen = await told();
    await t.step("/health says that it is unhealthy, and that it is the storage [S4-36]", () => {
      assert.deepEqual([seen.condition, seen.status, seen.storage], ["unhealthy", "unavailable", "unavailable"]);
    });
    await t.step("/health/ready is 503: no work is to be sent here [S4-37]", () => assert.equal(seen.ready, 503));
    await t.step("/health/live is 200: it is not to be started again [S4-38]", () => assert.equal(seen.live, 200));
  } finally {
    other.close();
  }
  await t.step("when the database is back /health/ready is 200, by itself [S4-37]", async () => {
    await until("it is ready", async () => (await told()).ready === 200 || undefined);
    assert.deepEqual(await told(), well);
    await waitFor((await submit(IMPORT)).id, "succeeded");
  });
});

Deno.test("every address of the API is there with its version, and with no other [S4-49]", async () => {
  const { api } = setup();
  const { paths } = await (await api.send("GET", "/openapi.json")).json() as { paths: Record<string, object> };
  const readable = Object.entries(paths).filter(([path, { get }]: [string, { get?: object }]) =>
    get !== undefined && path.startsWith("/api/") && !path.includes("{") && !path.startsWith("/api/notifications")
  ).map(([path]) => path);
  assert.ok(readable.length > 15, `${readable}`);
  for (const path of readable) {
    const versioned = path.replace("/api/", "/api/v1/");
    const plain = await statusOf(api.send("GET", path));
    assert.equal(await statusOf(api.send("GET", versioned)), plain, versioned);
    assert.equal(await statusOf(api.send("GET", path.replace("/api/", "/api/v2/"))), 404, path);
  }
  const submitted = await api.send("POST", "/api/v1/jobs", IMPORT);
  assert.equal(submitted.status, 201);
  assert.equal((await api.waitFor((await submitted.json()).id, "succeeded")).type, "import");
});

Deno.test("a Prometheus reads how many operations there were, how they ended and how long they took [S4-58]", async () => {
  const { api, metric } = setup();
  const submitted = 'mailroom_http_requests_total{operation="submitJob",status="2xx"}';
  const refused = 'mailroom_http_requests_total{operation="submitJob",status="4xx"}';
  const timed = 'mailroom_http_request_duration_seconds_count{operation="submitJob"}';
  const turned = 'mailroom_turns_total{kind="flaky",outcome="committed"}';
  const retried = 'mailroom_turns_total{kind="flaky",outcome="retried"}';
  const lines = [submitted, refused, timed, turned, retried];
  const before = await Promise.all(lines.map(metric));
  const ids = await Promise.all(
    [1, 2, 3].map(async (succeedsAt) => (await api.submit({ type: "flaky", payload: { succeedsAt } })).id),
  );
  for (const id of ids) await api.waitFor(id, "succeeded");
  assert.equal(await statusOf(api.send("POST", "/api/jobs", { type: "no-such-type" })), 422);
  const after = await Promise.all(lines.map(metric));
  assert.deepEqual(after.map((value, index) => value - before[index]!), [3, 1, 4, 3, 3]);
});
