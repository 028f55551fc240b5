import { type RunningServer, startServer } from "../support/running_server.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { runClient } from "./http_client.ts";
import type { HttpRequest } from "./http_connection.ts";
import type { HttpLoad, HttpLoadResult } from "./http_load.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";

const CONNECTIONS = 64;
const BATCHERS = 16;
const AT_ONCE = 100;
/** Of a batch that fills the file. */
const FILLING = 1_000;
const BESIDE_PER_SECOND = 500;
const PAGES = 5;
const A_YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** `warmUpSeconds`: not counted, as everywhere: what V8 makes of a young program's code takes it as much time as the work. */
const SIZES = {
  full: { seconds: 8, warmUpSeconds: 4, listed: 1_000_000, failing: 2_000 },
  quick: { seconds: 1.5, warmUpSeconds: 0.5, listed: 20_000, failing: 200 },
} as const;

const job = { type: "trivial", payload: { text: "x".repeat(200) } };
const submit: HttpRequest = { method: "POST", path: "/api/jobs", body: JSON.stringify(job) };

/** The server as `deno task start` starts it, and its clients as processes of their own. */
export const httpScenario: Scenario = {
  name: "http",
  about: "Jobs over HTTP: submitted one by one and in batches while they run, read, and listed over a million",
  async run({ folder, scale, progress }: ScenarioOptions) {
    const sizes = SIZES[scale];
    const bare = await measureBare(sizes);
    await using server = await startServer({
      entry: "task",
      dataDir: folder,
      env: {
        ACTORS: `${projectRoot}/tests/support/actors/mod.ts`,
        LOG_LEVEL: "info",
        TENANT_PENDING_LIMIT: "10000000",
      },
    });
    const figures = await measureServer(server, { ...sizes, bare, progress });
    await server.stop();
    return figures;
  },
};

type Size = (typeof SIZES)["full" | "quick"];

interface Bare {
  readonly posts: number;
  readonly gets: number;
}

/** The least that a server does, under the same requests. */
async function measureBare({ seconds, warmUpSeconds }: Size): Promise<Bare> {
  await using server = await startServer({ entry: new URL("./http_bare.ts", import.meta.url).pathname });
  const load = { ...loadOf(server), seconds };
  await run({ ...load, seconds: warmUpSeconds, requests: [submit] });
  const posts = await run({ ...load, requests: [submit] });
  const get = [{ method: "GET", path: "/api/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW" }];
  await run({ ...load, seconds: warmUpSeconds, requests: get });
  const gets = await run({ ...load, requests: get });
  return { posts: posts.perSecond, gets: gets.perSecond };
}

async function measureServer(
  server: RunningServer,
  { bare, progress, ...sizes }: { bare: Bare; progress: (what: string) => void } & Size,
): Promise<readonly Figure[]> {
  const load = { ...loadOf(server), seconds: sizes.seconds };
  progress("jobs one by one");
  await run({ ...load, seconds: sizes.warmUpSeconds, requests: [submit] });
  const posts = await run({ ...load, requests: [submit] });
  progress("jobs in batches");
  const batches = await run({ ...load, connections: BATCHERS, requests: [batchOf(Array(AT_ONCE).fill(job))] });
  await drained(server);
  progress("reading jobs");
  const gets = await run({ ...load, status: 200, requests: await readRequests(server) });
  progress(`filling up to ${sizes.listed} jobs`);
  await fill(server, sizes);
  progress("listing them");
  const lists = await list(server, sizes.seconds);
  return [
    {
      name: "jobs a second by POST",
      unit: "1/s",
      value: posts.perSecond,
      bare: { what: "a Deno.serve that only inserts them", value: bare.posts },
      bound: { atLeast: 8_000 },
    },
    { name: "p99 of a POST", unit: "ms", value: posts.p99Ms },
    {
      name: "jobs a second by POST of 100",
      unit: "1/s",
      value: batches.perSecond * AT_ONCE,
      bound: { atLeast: 15_000 },
    },
    {
      name: "jobs a second by GET",
      unit: "1/s",
      value: gets.perSecond,
      bare: { what: "a Deno.serve that answers a constant", value: bare.gets },
      bound: { atLeast: 20_000 },
    },
    ...lists,
  ];
}

/** Each list's times, while jobs come in beside. */
async function list(server: RunningServer, seconds: number): Promise<Figure[]> {
  const { nextCursor } = await ask(server, "/api/jobs");
  const paths = {
    "all": "/api/jobs",
    "their second page": `/api/jobs?cursor=${nextCursor}`,
    "failed ones": "/api/jobs?status=failed",
    "queued ones": "/api/jobs?status=queued",
    "running ones": "/api/jobs?status=running",
    "succeeded ones of a type": "/api/jobs?type=trivial&status=succeeded",
    "a type that has none": "/api/jobs?type=import",
    "those of the future": `/api/jobs?createdFrom=${new Date(Date.now() + A_YEAR_MS).toISOString()}`,
    "those before all others": "/api/jobs?createdUntil=2020-01-01T00:00:00Z",
  };
  const requests = Object.values(paths).map((path) => ({ method: "GET", path }));
  const load = { ...loadOf(server), seconds };
  const [result] = await Promise.all([
    run({ ...load, connections: 2, status: 200, requests }),
    run({ ...load, connections: 8, requests: [submit], perSecond: BESIDE_PER_SECOND }),
  ]);
  return [
    { name: "p50 of a list", unit: "ms", value: result.p50Ms },
    { name: "p99 of a list", unit: "ms", value: result.p99Ms, bound: { atMost: 50 } },
    ...Object.keys(paths).map((name, index): Figure => ({
      name: `p99 of a list: ${name}`,
      unit: "ms",
      value: result.each[index]!.p99Ms,
      bound: { atMost: 50 },
    })),
  ];
}

/** A few that fail, and the rest waiting for next year: the newest of the list, with all that ran before below them. */
async function fill(server: RunningServer, { listed, failing }: { listed: number; failing: number }): Promise<void> {
  const runAt = new Date(Date.now() + A_YEAR_MS).toISOString();
  const failed = { type: "flaky", payload: { succeedsAt: 9 }, maxAttempts: 1 };
  const load = { ...loadOf(server), connections: 2 };
  await run({ ...load, count: failing / AT_ONCE, requests: [batchOf(Array(AT_ONCE).fill(failed))] });
  await drained(server);
  await run({ ...load, count: listed / FILLING, requests: [batchOf(Array(FILLING).fill({ ...job, runAt }))] });
}

function loadOf({ url }: RunningServer): Pick<HttpLoad, "port" | "connections" | "status"> {
  return { port: Number(new URL(url).port), connections: CONNECTIONS, status: 201 };
}

function batchOf(jobs: readonly object[]): HttpRequest {
  return { method: "POST", path: "/api/jobs/batch", body: JSON.stringify({ jobs }) };
}

/** For each of the newest thousand jobs. */
async function readRequests(server: RunningServer): Promise<HttpRequest[]> {
  const requests: HttpRequest[] = [];
  let path = "/api/jobs?limit=200";
  for (let page = 0; page < PAGES; page++) {
    const { items, nextCursor } = await ask(server, path);
    requests.push(...items.map(({ id }) => ({ method: "GET", path: `/api/jobs/${id}` })));
    path = `/api/jobs?limit=200&cursor=${nextCursor}`;
  }
  return requests;
}

/** Resolves when nothing is left to run. */
async function drained(server: RunningServer): Promise<void> {
  while ((await ask(server, "/health")).pending > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function ask(
  { url }: RunningServer,
  path: string,
): Promise<{ items: { id: string }[]; nextCursor: string | null; pending: number }> {
  return await (await fetch(`${url}${path}`)).json();
}

/** @throws {Error} when it was answered something else than it wanted */
async function run(load: HttpLoad): Promise<HttpLoadResult> {
  const result = await runClient(load);
  const refusals = Object.entries(result.refused).map(([status, times]) => `${times} times ${status}`);
  if (refusals.length > 0) throw new Error(`The server answered ${refusals.join(", ")} instead of ${load.status}`);
  return result;
}
