import assert from "node:assert/strict";
import { join } from "node:path";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { maintain } from "../../runtime/store/maintenance.ts";
import { testDatabase } from "../support/postgres.ts";
import { type ServedNode, servedRegistry as registry, serveNode } from "../support/served_node.ts";

const PENDING = 300;
const HEAL_MS = 20_000;

async function json(node: ServedNode, path: string): Promise<unknown> {
  const response = await node.send("GET", path);
  assert.equal(response.status, 200, path);
  return await response.json();
}

async function quiet(node: ServedNode, pending: number): Promise<void> {
  const begunAt = systemClock.monotonic();
  while (node.system.health().pending > pending || node.system.health().running > 0) {
    await sleep(systemClock, 20);
    if (systemClock.monotonic() - begunAt > HEAL_MS) assert.fail(JSON.stringify(node.system.health()));
  }
}

Deno.test("what was begun on a file goes on where it stopped on Postgres: jobs, keys, idempotency, streams", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-move-" });
  const from = `sqlite:${join(folder, "mailroom.db")}`;
  await using database = await testDatabase();
  const before = await serveNode({ databaseUrl: from });
  for (let number = 0; number < 20; number++) assert.equal((await before.submit()).status, 201);
  await quiet(before, 0);
  assert.equal((await before.send("POST", "/api/kinds/echo/pause")).status, 200);
  const ids: string[] = [];
  for (let number = 0; number < PENDING; number++) {
    const order = { type: "echo", payload: { text: `${number}` }, ...number % 3 === 0 ? { priority: 3 } : {} };
    ids.push((await (await before.send("POST", "/api/jobs", order)).json()).id);
  }
  const repeat = (node: ServedNode) =>
    node.send("POST", "/api/jobs", { type: "echo", payload: { text: "once" } }, { "Idempotency-Key": "once" });
  const first = await (await repeat(before)).json();
  const seen = await before.system.feed.last("acme");
  const paths = ["/api/jobs?limit=100", "/api/kinds", `/api/jobs/${ids[0]}`, "/api/actors", "/api/keys", "/api/audit"];
  const expected = await Promise.all(paths.map((path) => json(before, path)));
  await before.stop();

  const options = { databaseUrl: from, registry, clock: systemClock, say: () => {} };
  await maintain("move", [`--from=${from}`, `--to=${database.url}`], options);
  await Deno.remove(folder, { recursive: true });

  await using after = await serveNode({ databaseUrl: database.url });
  for (const [nth, path] of paths.entries()) assert.deepEqual(await json(after, path), expected[nth], path);
  assert.equal((await (await repeat(after)).json()).id, first.id);
  const stream = await after.stream(seen);
  assert.equal((await after.send("POST", "/api/kinds/echo/resume")).status, 200);
  await quiet(after, 0);
  for (const id of ids) assert.equal((await json(after, `/api/jobs/${id}`) as { status: string }).status, "succeeded");
  const fresh = (await (await after.submit()).json()).id;
  await quiet(after, 0);
  const last = await after.system.feed.last("acme");
  const numbers: number[] = [];
  const ended = new Set<string>();
  while ((numbers.at(-1) ?? 0) < last) {
    const event = await stream.nextEvent();
    numbers.push(Number(event!.id));
    if (event!.event === "job.succeeded") ended.add(JSON.parse(event!.data!).subject);
  }
  assert.deepEqual(numbers, Array.from({ length: last - seen }, (_, index) => seen + 1 + index));
  assert.deepEqual([...ended].sort(), [...ids, first.id, fresh].map((id) => `job/${id}`).sort());
  await stream.cancel();
});
