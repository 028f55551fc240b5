import { projectRoot } from "../support/lint/project_path.ts";
import { testDatabase } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { readSse } from "../support/sse_reader.ts";

const WARM_UP = 100;
/** So that nothing of one job is under way when the next is submitted. */
const PAUSE_MS = 10;

/**
 * From sending a job to reading that it has succeeded, over HTTP, one job after the other, in ms. The first role's node is
 * asked, and its event stream is read; others run beside it on the same Postgres.
 */
export async function measureRemoteLatency(roles: readonly string[], jobs: number): Promise<number[]> {
  await using database = await testDatabase({ durable: true });
  await using nodes = new AsyncDisposableStack();
  const servers: RunningServer[] = [];
  for (const [index, role] of roles.entries()) {
    const env = {
      ACTORS: `${projectRoot}/tests/support/actors/mod.ts`,
      LOG_LEVEL: "info",
      DATABASE_URL: database.url,
      NODE: `n${index + 1}`,
      ROLE: role,
    };
    servers.push(nodes.use(await startServer({ entry: "task", env })));
  }
  const { url } = servers[0]!;
  const events = readSse(await fetch(`${url}/api/notifications/stream`));
  const samples: number[] = [];
  for (let job = -WARM_UP; job < jobs; job++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const begunAt = performance.now();
    const { id } = await submit(url);
    for (;;) {
      const event = await events.nextEvent();
      if (event === null) throw new Error("The stream has ended");
      if (event.event === "job.succeeded" && JSON.parse(event.data!).subject === `job/${id}`) break;
    }
    if (job >= 0) samples.push(performance.now() - begunAt);
  }
  await events.cancel();
  return samples;
}

async function submit(url: string): Promise<{ id: string }> {
  const response = await fetch(`${url}/api/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "trivial", payload: { text: "x" } }),
  });
  if (response.status !== 201) throw new Error(`A job was answered ${response.status}: ${await response.text()}`);
  return await response.json();
}
