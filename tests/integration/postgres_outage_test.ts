import assert from "node:assert/strict";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { before, PATIENCE_MS } from "../support/deadline.ts";
import { migrateAt } from "../support/migrated_postgres.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { type ServedNode, servedRegistry, serveNode } from "../support/served_node.ts";
import type { SseReader } from "../support/sse_reader.ts";
import { openTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";

/** A submit is answered within this, whatever the database does. */
const ANSWER_MS = 1_000;
/** So long after the database is back everything works again. */
const HEAL_MS = 5_000;
/** How long the database is away: longer than what one waits for an answer. */
const AWAY_MS = 2_500;
/** For a machine that does other things, too. */
const SLACK_MS = 500;

interface Trouble {
  readonly name: string;
  /** On a server of its own, so that it can be stopped. */
  readonly own?: boolean;
  begin(database: TestDatabase, proxy: TcpProxy): Promise<void>;
  end(database: TestDatabase, proxy: TcpProxy): Promise<void>;
}

const TROUBLES: readonly Trouble[] = [
  {
    name: "cannot be reached",
    begin: (_, proxy) => proxy.refuse(),
    end: (_, proxy) => proxy.resume(),
  },
  {
    name: "is silent",
    begin: (_, proxy) => Promise.resolve(proxy.pause()),
    end: (_, proxy) => proxy.resume(),
  },
  {
    name: "was killed",
    own: true,
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.start(),
  },
  {
    name: "is stopped",
    own: true,
    begin: ({ server }) => server.stop(),
    end: ({ server }) => server.start(),
  },
];

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly tookMs: number }> {
  const begunAt = systemClock.monotonic();
  const value = await work();
  return { value, tookMs: systemClock.monotonic() - begunAt };
}

/** A refusal is made within the turn of the loop: whoever asks again at once lets nothing else happen. */
const ASK_AGAIN_MS = 20;

/** Asks until it is so; answers how long that took. */
async function until(isSo: () => Promise<boolean>, withinMs: number, what: string): Promise<number> {
  const { tookMs } = await timed(async () => {
    const begunAt = systemClock.monotonic();
    while (!await isSo()) {
      await sleep(systemClock, ASK_AGAIN_MS);
      if (systemClock.monotonic() - begunAt > withinMs) assert.fail(`${what}: not within ${withinMs} ms`);
    }
  });
  return tookMs;
}

/** The ids of all that is told up to the end of this many jobs. */
async function follow(stream: SseReader, jobs: () => number): Promise<number[]> {
  const numbers: number[] = [];
  let ended = 0;
  while (ended < jobs()) {
    const event = await stream.nextEvent();
    if (event === null) assert.fail(`The stream ended after ${numbers.at(-1)}`);
    numbers.push(Number(event.id));
    if (event.event === "job.succeeded") ended++;
  }
  return numbers;
}

/** Submits until it is accepted, as an answer 503 asks for: on a busy machine a first commit may take too long. */
async function accepted(node: ServedNode, withinMs: number): Promise<{ readonly id: string; readonly tookMs: number }> {
  let id: string | undefined;
  const tookMs = await until(
    async () => {
      const response = await node.submit();
      if (response.status === 201) id = (await response.json()).id;
      else await isRefused(response);
      return id !== undefined;
    },
    withinMs,
    "A submit is taken",
  );
  return { id: id!, tookMs };
}

async function isRefused(response: Response): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, 503, text);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  assert.match(response.headers.get("content-type") ?? "", /problem\+json/);
}

for (const trouble of TROUBLES) {
  Deno.test(`while Postgres ${trouble.name} nothing is taken, streams stay open, and all goes on afterwards (P25)`, async () => {
    await using database = await testDatabase({ own: trouble.own ?? false });
    await migrateAt(database.url, servedRegistry);
    const url = new URL(database.url);
    await using proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    await using node = await serveNode({ databaseUrl: url.href });
    const stream = await node.stream(0);
    const ids = [(await accepted(node, PATIENCE_MS)).id, (await accepted(node, PATIENCE_MS)).id];
    const following = follow(stream, () => ids.length);
    following.catch(() => {});
    await until(async () => (await node.send("GET", `/api/jobs/${ids[0]}`)).ok, HEAL_MS, "The first job is there");

    await trouble.begin(database, proxy);
    const begunAt = systemClock.monotonic();
    for (let round = 0; systemClock.monotonic() - begunAt < AWAY_MS; round++) {
      await sleep(systemClock, ASK_AGAIN_MS);
      const { value, tookMs } = await timed(() => node.submit());
      if (value.status === 201) {
        // It was acknowledged before the trouble was there.
        assert.equal(round, 0);
        ids.push((await value.json()).id);
        continue;
      }
      await isRefused(value);
      assert.ok(tookMs <= ANSWER_MS + SLACK_MS, `The answer took ${tookMs} ms`);
    }
    await until(
      async () => (await node.send("GET", "/health/ready")).status === 503,
      ANSWER_MS,
      "The node says that it is not ready",
    );
    const read = await timed(() => node.send("GET", `/api/jobs/${ids[0]}`));
    await isRefused(read.value);
    assert.ok(read.tookMs <= ANSWER_MS + SLACK_MS, `The read took ${read.tookMs} ms`);

    await trouble.end(database, proxy);
    const { id, tookMs: healedMs } = await accepted(node, HEAL_MS);
    ids.push(id);
    await until(async () => (await node.send("GET", "/health/ready")).ok, HEAL_MS - healedMs, "The node is ready");
    for (const id of ids) assert.equal((await node.send("GET", `/api/jobs/${id}`)).status, 200, id);
    const numbers = await before(following, HEAL_MS, () => new Error("The stream did not go on"));
    assert.deepEqual(numbers, Array.from({ length: numbers.length }, (_, index) => index + 1));
    assert.equal(node.fatal, null);
    await stream.cancel();
  });
}

Deno.test("whatever is cut in the middle of a commit, each acknowledged job is there, and no other twice (P25)", async () => {
  await using database = await testDatabase();
  await migrateAt(database.url, servedRegistry);
  const url = new URL(database.url);
  await using proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  await using node = await serveNode({ databaseUrl: url.href });
  const ids: string[] = [];
  let cuts = 0;
  let over = false;
  const cutting = (async () => {
    for (let round = 0; round < 24; round++) {
      const side = round % 2 === 0 ? "client" : "server";
      await proxy.cutAfter(1 + (round * 2_711) % 6_000, side);
      cuts++;
    }
    over = true;
  })();
  while (!over) {
    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        (_, nth) => node.send("POST", "/api/jobs", { type: "echo", payload: { text: `${nth}` } }),
      ),
    );
    if (answers.some(({ status }) => status !== 201)) await sleep(systemClock, ASK_AGAIN_MS);
    for (const answer of answers) {
      if (answer.status === 201) ids.push((await answer.json()).id);
      else await isRefused(answer);
    }
  }
  await cutting;
  assert.equal(cuts, 24);
  await until(async () => (await node.send("GET", "/health/ready")).ok, HEAL_MS, "The node is ready");
  await until(() => Promise.resolve(node.system.health().pending === 0), 2 * HEAL_MS, "All jobs are done");
  assert.ok(ids.length > 0);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    const job = await (await node.send("GET", `/api/jobs/${id}`)).json();
    assert.equal(job.status, "succeeded", JSON.stringify(job));
  }
  const events = await database.query<{ subject: string }>(
    "select subject from events where tenant = 'acme' and type = 'job.succeeded'",
  );
  assert.equal(new Set(events.map(({ subject }) => subject)).size, events.length);
  assert.equal(node.fatal, null);
});
