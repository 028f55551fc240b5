import assert from "node:assert/strict";
import { join } from "node:path";
import { apiOf, statusOf } from "../support/api.ts";
import { PATIENCE_MS } from "../support/deadline.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { shareBrowser } from "../support/open_page.ts";
import { startServer } from "../support/running_server.ts";
import { setupApp } from "../support/test_app.ts";
import { startTask } from "../support/start_task.ts";
import { shareServer } from "../support/shared_server.ts";

const theBrowser = shareBrowser();
const theServer = shareServer();

const env = { ACTORS: "tests/support/actors/mod.ts" };
const METHODS = ["get", "post", "put", "patch", "delete"];

Deno.test("what the server does is logged, one JSON object a line, to stdout and into a file [S2-17, S4-18]", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "mailroom-data-" });
  const file = join(dataDir, "mailroom.log");
  await using server = await startServer({ dataDir, env: { ...env, LOG_FILE: file } });
  const { submit, waitFor } = apiOf(server);
  const { id } = await submit({ type: "flaky", payload: { succeedsAt: 9 }, maxAttempts: 2 });
  await waitFor(id, "failed");
  assert.equal(await server.stop(), 0);

  const read = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const onStdout = read(server.logs());
  for (const { time, level, category, message } of onStdout) {
    assert.equal(new Date(String(time)).toISOString(), time);
    assert.match(String(level), /^(debug|info|warn|error)$/);
    assert.match(String(category), /^mailroom(\/|$)/);
    assert.match(String(message), /^[a-z]/);
  }
  const ofJob = onStdout.filter(({ key }) => key === id);
  const [retried, givenUp] = ["turn retried", "message given up"].map((said) =>
    ofJob.find(({ message }) => message === said)
  );
  assert.deepEqual([retried?.["level"], retried?.["attempt"], retried?.["kind"]], ["warn", 1, "flaky"]);
  assert.deepEqual([givenUp?.["level"], givenUp?.["error"]], ["error", "attempt 2 was not meant to succeed"]);
  const inFile = (await Deno.readTextFile(file)).trimEnd().split("\n");
  assert.deepEqual(read(inFile), onStdout);
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("the log has what LOG_LEVEL asks for, and nothing below [S4-18]", async () => {
  const levels = async (LOG_LEVEL: string) => {
    await using server = await startServer({ env: { ...env, LOG_LEVEL } });
    const { submit, waitFor } = apiOf(server);
    await waitFor((await submit({ type: "flaky", payload: { succeedsAt: 2 } })).id, "succeeded");
    assert.equal(await server.stop(), 0);
    return new Set(server.logs().map((line) => JSON.parse(line).level as string));
  };
  const [all, some] = await Promise.all([levels("debug"), levels("info")]);
  for (const level of ["debug", "info", "warn"]) assert.ok(all.has(level), level);
  assert.deepEqual([...some].toSorted(), ["info", "warn"]);
});

Deno.test("the API describes itself", async (t) => {
  const server = theServer();
  const { send } = apiOf(server);
  const document = await (await send("GET", "/openapi.json")).json();
  const described = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).filter((name) => METHODS.includes(name)).map((method) => `${method.toUpperCase()} ${path}`)
  );

  await t.step("every address that the server answers is in the OpenAPI document [S2-18]", () => {
    const pages = /^\/($|mail$|streams$|notifications\/(sse|ws)$|console($|\/)|assets\/|favicon\.svg$|sign-in$)/;
    const routed = setupApp().app.routes
      .filter(({ method, path }) => method !== "ALL" && !pages.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(described.sort(), [...new Set(routed)].sort());
  });

  await t.step("the server answers every address that is in the OpenAPI document [S2-18]", async () => {
    for (const operation of described) {
      const [method, path] = operation.split(" ") as [string, string];
      const response = await send("OPTIONS", path.replace(/\{\w+\}/g, "x"));
      assert.equal(response.status, 204, operation);
      assert.ok(response.headers.get("allow")!.split(", ").includes(method), operation);
    }
  });

  await t.step("the document says what a job must be and how a refusal reads [S2-18]", () => {
    const { schemas } = document.components;
    assert.deepEqual(schemas.JobSubmission.required, ["type"]);
    const { responses } = document.paths["/api/jobs"].post;
    assert.ok("201" in responses && "200" in responses);
    assert.ok(JSON.stringify(responses).includes("application/problem+json"));
  });
});

Deno.test("I can read and try the API on a page that loads from nowhere else [S2-18]", async () => {
  const server = theServer();
  const page = await theBrowser().newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });

  await page.goto(`${server.url}/docs`);
  await page.getByRole("heading", { name: "Mailroom" }).waitFor();
  await page.locator("#operations-jobs-submitJob").click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.locator("#operations-jobs-submitJob textarea").fill('{"type":"trivial","payload":{"text":"docs"}}');
  await page.getByRole("button", { name: "Execute" }).click();
  await page.locator("#operations-jobs-submitJob .live-responses-table .response-col_status", { hasText: "201" })
    .waitFor();

  assert.deepEqual(complaints, []);
  assert.ok(asked.length > 4);
  const elsewhere = asked.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith("data:"));
  assert.deepEqual(elsewhere, []);
  await page.close();
});

Deno.test("one command starts everything, and makes the database that is not there [S2-22, S4-39, S4-40]", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "mailroom-data-" });
  const file = join(dataDir, "new", "mailroom.db");
  const { child, log, url, read } = startTask("start", {
    cwd: projectRoot,
    env: { PORT: "0", DATABASE_URL: `sqlite:${file}`, LOG_FORMAT: "json", HOST: "" },
    withinMs: PATIENCE_MS,
  });
  try {
    const { submit, waitFor, send, eventsSince } = apiOf({ url: await url });
    assert.ok(Deno.statSync(file).isFile);
    const payload = { dataset: "first", content: "id\n1\n" };
    const { id } = await submit({ type: "import", payload });
    assert.equal((await waitFor(id, "succeeded")).attempts, 1);
    const told = await eventsSince(0, ({ type, subject }) => type === "job.succeeded" && subject === `job/${id}`);
    assert.equal(told[0]!.type, "job.queued");
    for (const page of ["/", "/console", "/docs", "/api/schedules", "/metrics"]) {
      assert.equal(await statusOf(send("GET", page)), 200, page);
    }
  } finally {
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0, log.tail(20));
    await read;
    await Deno.remove(dataDir, { recursive: true });
  }
});
