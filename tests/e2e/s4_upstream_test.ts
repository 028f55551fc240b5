import assert from "node:assert/strict";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { apiOf } from "../support/api.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { writeActors, type WrittenActors } from "../support/written_actors.ts";

/*
 * What upstreams have that declare nothing but where they are, at the running server and by its own clock: so the test lasts
 * as long as a breaker stays open, and nearly all of that is waiting.
 */

const RETRIED = ["retried-a", "retried-b", "retried-c", "retried-d"];
const PATIENCE_MS = 50_000;
const LOOK_MS = 50;
/** What a busy machine may add to a wait, or be late to see that it begins. */
const LATE_MS = 3_000;

interface Request {
  readonly path: string;
  readonly at: number;
  /** When it was cut by who made it. */
  cutAt?: number;
}

Deno.test("an upstream that declares nothing else has a breaker, retries and a timeout", async (t) => {
  await using outside = openOutside();
  await using actors = await writeCallers(outside.url);
  await using server = await startServer({ env: { ACTORS: actors.mod } });
  const { submit, waitFor, job } = apiOf(server);
  const call = async (type: string, path: string) => (await submit({ type, payload: { path } })).id;
  const callNow = async (path: string) => {
    const { result } = await waitFor(await call("halved", path), "succeeded");
    return (result as { status: number }).status;
  };

  const hanging = await call("late", "hangs");
  const retried = await Promise.all(
    RETRIED.flatMap((name) => [call(name, `${name}/passing`), call(name, `${name}/lasting`)]),
  );

  await t.step("it opens when half of the calls have failed, and not before [S4-25]", async () => {
    for (let count = 0; count < 6; count++) assert.equal(await callNow("well"), 200);
    for (let count = 0; count < 5; count++) assert.equal(await callNow("broken"), 500);
    assert.equal((await upstreamNow(server, "halved")).breaker, "closed");
    assert.equal(await callNow("broken"), 500);
    assert.deepEqual([await upstreamNow(server, "halved")].map(({ breaker, errorRatio }) => [breaker, errorRatio]), [
      ["open", 0.5],
    ]);
    assert.equal((await healthOf(server)).condition, "degraded");
  });
  const openedAt = outside.of("broken").at(-1)!.at;

  const waiting = await Promise.all(Array.from({ length: 5 }, () => call("halved", "waiting")));
  await t.step(
    "while it is open calls fail at once: the upstream is not asked, and no attempt is lost [S4-25]",
    async () => {
      await until(async () => await requestsOf(server, "halved", "breaker-open") >= 5);
      assert.deepEqual(outside.of("waiting"), []);
      await until(async () => {
        const jobs = await Promise.all(waiting.map(job));
        return jobs.every(({ status, attempts }) => status === "queued" && attempts === 0);
      });
    },
  );

  await t.step("a failure that may pass is asked again three times, and no more [S4-26]", async () => {
    for (const [index, id] of retried.entries()) {
      await until(async () => (await job(id)).finishedAt !== null);
      const { status, result } = await job(id);
      assert.deepEqual([status, result], ["succeeded", { status: index % 2 === 0 ? 200 : 500 }]);
    }
    for (const name of RETRIED) {
      assert.deepEqual([outside.of(`${name}/passing`).length, outside.of(`${name}/lasting`).length], [4, 4]);
    }
  });

  await t.step("after 1 s, 2 s and 4 s at most, each wait drawn at random below that [S4-27]", () => {
    const waits = RETRIED.flatMap((name) => [waitsOf(outside, `${name}/passing`), waitsOf(outside, `${name}/lasting`)]);
    for (const [index, mostMs] of [1_000, 2_000, 4_000].entries()) {
      const these = waits.map((each) => each[index]!);
      assert.ok(these.every((ms) => ms < mostMs + LATE_MS), `${mostMs}: ${these}`);
      assert.ok(these.some((ms) => ms < mostMs * 0.9), `they are drawn: ${these}`);
    }
    assert.ok(waits.some(([, second, third]) => Math.max(second!, third!) > 1_000), `they grow: ${waits}`);
  });

  await t.step("a request that is not answered is cut after 30 s, and made again [S4-28]", async () => {
    await until(async () => (await job(hanging)).finishedAt !== null);
    assert.deepEqual((await job(hanging)).result, { status: 200 });
    const [first, second] = outside.of("hangs");
    assertAbout(first!.cutAt! - first!.at, 30_000);
    assert.ok(second!.at >= first!.cutAt!);
    assert.equal(await requestsOf(server, "late", "timeout"), 1);
  });

  await t.step(
    "it stays open for 30 s, and what waited goes on by itself, each at its first attempt [S4-24, S4-30]",
    async () => {
      for (const id of waiting) {
        await until(async () => (await job(id)).finishedAt !== null);
        const { status, attempts } = await job(id);
        assert.deepEqual([status, attempts], ["succeeded", 1]);
      }
      const asked = outside.of("waiting");
      assert.equal(asked.length, 5);
      assertAbout(Math.min(...asked.map(({ at }) => at)) - openedAt, 30_000);
      assert.equal((await upstreamNow(server, "halved")).breaker, "closed");
      assert.equal((await healthOf(server)).condition, "healthy");
    },
  );
});

function assertAbout(ms: number, expectedMs: number): void {
  assert.ok(ms > expectedMs - LATE_MS && ms < expectedMs + 2 * LATE_MS, `${ms}`);
}

/** Answers by what is asked for: `hangs` the first time not at all, `passing` and `broken` with failures. */
function openOutside(): AsyncDisposable & { readonly url: string; of(path: string): readonly Request[] } {
  const requests: Request[] = [];
  const of = (path: string) => requests.filter((each) => each.path === path);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url, signal }) => {
    const request: Request = { path: new URL(url).pathname.slice(1), at: systemClock.monotonic() };
    requests.push(request);
    const { path } = request;
    const nth = of(path).length;
    if (path === "hangs" && nth === 1) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      request.cutAt = systemClock.monotonic();
    }
    const fails = path === "broken" || path.endsWith("/lasting") || (path.endsWith("/passing") && nth < 4);
    return Response.json({}, { status: fails ? 500 : 200 });
  });
  const { port } = server.addr;
  return { url: `http://127.0.0.1:${port}`, of, [Symbol.asyncDispose]: () => server.shutdown() };
}

function waitsOf(outside: { of(path: string): readonly Request[] }, path: string): number[] {
  const requests = outside.of(path);
  return requests.slice(1).map(({ at }, index) => at - requests[index]!.at);
}

/** A kind for each upstream; `halved` makes each request once, as what must not be repeated. */
function writeCallers(url: string): Promise<WrittenActors> {
  return writeActors(`
    import { z } from "zod";
    import { createRegistry, defineJob, defineUpstream } from "@mailroom/mailroom";
    const caller = (name, init = {}) => {
      const upstream = defineUpstream({ name, baseUrl: ${JSON.stringify(url)} });
      return defineJob({
        type: name, payload: z.object({ path: z.string() }), result: z.object({ status: z.int() }),
        retry: { maxAttempts: 1 }, timeoutMs: 120_000, upstreams: [upstream],
        run: async ({ path }, ctx) => ({ status: (await ctx.fetch(upstream, "/" + path, init)).status }),
      });
    };
    const retried = ${JSON.stringify(RETRIED)}.map((name) => caller(name));
    export const registry = createRegistry([caller("halved", { idempotent: false }), caller("late"), ...retried]);
  `);
}

interface Health {
  readonly condition: string;
  readonly upstreams: readonly { readonly name: string; readonly breaker: string; readonly errorRatio: number }[];
}

async function healthOf({ url }: RunningServer): Promise<Health> {
  return await (await fetch(`${url}/health`)).json();
}

async function upstreamNow(server: RunningServer, upstream: string): Promise<Health["upstreams"][number]> {
  return (await healthOf(server)).upstreams.find(({ name }) => name === upstream)!;
}

/** Of requests to the upstream those that ended so. */
async function requestsOf({ url }: RunningServer, upstream: string, errorClass: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = `mailroom_upstream_requests_total{upstream="${upstream}",errorClass="${errorClass}"} `;
  return Number(text.split("\n").find((each) => each.startsWith(line))?.slice(line.length) ?? 0);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begunAt = systemClock.monotonic();
  while (!await isSo()) {
    assert.ok(systemClock.monotonic() - begunAt < PATIENCE_MS, `${isSo} in vain`);
    await sleep(systemClock, LOOK_MS);
  }
}
