import assert from "node:assert/strict";
import type { FetchCall, Fetched } from "../../runtime/actor/outcome.ts";
import { defineUpstream, type UpstreamDeclaration } from "../../runtime/actor/upstream.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { createBreaker } from "../../runtime/upstream/breaker.ts";
import { createUpstreamClient } from "../../runtime/upstream/client.ts";
import type { LimitStore } from "../../runtime/upstream/contract.ts";
import { MOST_KEYS } from "../../runtime/upstream/guards.ts";
import { turnOfLoop } from "../support/activation_rig.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fetchCall } from "../support/fetch_call.ts";
import { createLimitMemory } from "../support/limit_memory.ts";
import { createRecorder } from "../support/recorder.ts";

type Answer = number | Partial<Fetched> | RuntimeError;

const DONE: Fetched = { status: 200, headers: { "content-type": "application/json" }, text: "{}" };
const LOST = new RuntimeError("upstream-failed", "scan-api gave no answer: it cut the connection", { retryable: true });
const LATE = new RuntimeError("upstream-failed", "scan-api gave no whole answer within 30000 ms", { retryable: true });

interface RigOptions {
  readonly declared?: Partial<UpstreamDeclaration>;
  readonly store?: LimitStore;
  readonly clock?: FakeClock;
}

/** A client whose outside answers what the test says, in order, and then 200. */
function rig(answers: readonly Answer[], { declared, store, clock = new FakeClock(1_000_000) }: RigOptions = {}) {
  const made: { readonly call: FetchCall; readonly atMs: number }[] = [];
  const left = [...answers];
  const diagnostics = createDiagnostics();
  const recorder = createRecorder();
  recorder.hear(diagnostics);
  const client = createUpstreamClient({
    upstreams: [
      defineUpstream({ name: "scan-api", baseUrl: "https://scans.example/v1", ...declared }),
      defineUpstream({ name: "parcel-source", baseUrl: null, ...declared }),
    ],
    egress: {
      async fetch(call, signal) {
        made.push({ call, atMs: clock.now() - 1_000_000 });
        const answer = left.shift() ?? 200;
        if (answer === HANGS) {
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        }
        if (answer instanceof RuntimeError) throw answer;
        return { ...DONE, ...typeof answer === "number" ? { status: answer } : answer };
      },
      stop: () => Promise.resolve(),
    },
    store: store ?? createLimitMemory(),
    clock,
    random: seededRandom(7),
    diagnostics,
    createBreaker,
  });
  /** Answers or fails; time goes on by seconds until it does. */
  const fetch = async (
    call: Partial<FetchCall> = {},
    { tenant = "acme", signal = new AbortController().signal } = {},
  ): Promise<Fetched> => {
    let ended = false;
    const fetched = client.fetch(fetchCall("?x", { upstream: "scan-api", ...call }), { tenant, signal });
    fetched.finally(() => ended = true).catch(() => {});
    for (let step = 0; !ended && step < 1_000; step++) {
      await turnOfLoop();
      if (!ended) clock.advance(100);
    }
    return await fetched;
  };
  return { client, made, recorder, clock, fetch };
}

const STEP_MS = 500;
const HANGS = new RuntimeError("internal", "hangs");
const classes = ({ recorder }: ReturnType<typeof rig>) =>
  recorder.of("upstream.requested").map(({ errorClass }) => errorClass);

Deno.test("S1-27 a call is made again, with jittered waits that grow, after every failure that may pass", async () => {
  const passing: Answer[] = [408, 425, 429, 500, 502, 503, 504, LOST, LATE];
  for (const failure of passing) {
    const client = rig([failure, failure, failure]);
    assert.equal((await client.fetch()).status, 200);
    assert.equal(client.made.length, 4);
    const waits = client.made.slice(1).map(({ atMs }, index) => atMs - client.made[index]!.atMs);
    assert.ok(waits[0]! <= 1_100 && waits[1]! <= 2_100 && waits[2]! <= 4_100, `${waits}`);
    assert.ok(new Set(waits).size > 1, `${waits}`);
  }
});

Deno.test("S4-26 S4-27 S4-28 S4-24 S4-25 what declares nothing has the policies of a broker's client", () => {
  const { timeoutMs, retry, breaker } = defineUpstream({ name: "plain", baseUrl: "https://plain.example" });
  assert.deepEqual({ timeoutMs, retry, breaker }, {
    timeoutMs: 30_000,
    retry: { maxAttempts: 4, baseMs: 1_000, maxMs: 30_000 },
    breaker: { failureRatio: 0.5, windowMs: 30_000, minimumCalls: 10, openMs: 30_000 },
  });
});

Deno.test("S4-27 waits double from 1 s to 30 s, and are drawn below that", async () => {
  const failures = Array.from({ length: 16 }, () => 500);
  const declared = { retry: { maxAttempts: 17 }, totalTimeoutMs: 3_600_000, breaker: null };
  const { client, made, clock } = rig(failures, { declared });
  let ended = false;
  const from = { tenant: "acme", signal: new AbortController().signal };
  const fetched = client.fetch(fetchCall("?x", { upstream: "scan-api" }), from).finally(() => ended = true);
  while (!ended) {
    await turnOfLoop();
    clock.advance(STEP_MS);
  }
  assert.equal((await fetched).status, 200);
  const waits = made.slice(1).map(({ atMs }, index) => atMs - made[index]!.atMs);
  assert.equal(waits.length, failures.length);
  for (const [index, wait] of waits.entries()) {
    assert.ok(wait <= Math.min(30_000, 1_000 * 2 ** index) + STEP_MS, `${index}: ${wait}`);
  }
  const longest = waits.slice(5);
  assert.ok(longest.some((wait) => wait > 20_000) && longest.some((wait) => wait < 10_000), `${longest}`);
});

Deno.test("S1-27 a status that is left after the last attempt is the answer, and a failure is thrown as it was", async () => {
  const statuses = rig([500, 502, 503, 504, 200]);
  assert.equal((await statuses.fetch()).status, 504);
  assert.equal(statuses.made.length, 4);
  const failures = rig([LOST, LOST, LOST, LATE]);
  await assert.rejects(failures.fetch(), { code: "upstream-failed", message: /no whole answer/ });
  assert.equal(failures.made.length, 4);
});

Deno.test("S1-27 a call is made once when it is not idempotent, or its failure will not pass", async () => {
  const post = rig([500]);
  assert.equal((await post.fetch({ method: "POST", idempotent: false })).status, 500);
  assert.equal(post.made.length, 1);
  for (const status of [301, 400, 401, 403, 404, 409, 410, 422, 501]) {
    const client = rig([status]);
    assert.equal((await client.fetch()).status, status);
    assert.equal(client.made.length, 1, `${status}`);
  }
  const refused = rig([new RuntimeError("address-refused", "no")]);
  await assert.rejects(refused.fetch(), { code: "address-refused" });
  assert.deepEqual([refused.made.length, classes(refused)], [1, ["refused"]]);
});

Deno.test("S1-12 an answer that is no JSON where JSON is expected is asked for again, and never taken for one", async () => {
  const html: Answer = { headers: { "content-type": "text/html" }, text: "<html>Bad gateway</html>" };
  const expects = { expects: "json" } as const;
  const once = rig([html, { text: "" }, { text: "oops" }]);
  assert.equal((await once.fetch(expects)).text, "{}");
  assert.deepEqual(classes(once), ["invalid", "invalid", "invalid", "none"]);
  const never = rig([html, html, html, html]);
  await assert.rejects(never.fetch(expects), { code: "upstream-failed", retryable: true });
  const fine: Answer[] = [{ text: " \n[1]", headers: { "content-type": "text/html" } }, { text: "\uFEFF{}" }, {
    text: "null",
  }];
  for (const answer of fine) {
    const client = rig([answer]);
    await client.fetch(expects);
    assert.equal(client.made.length, 1);
  }
  const page = rig([html]);
  assert.equal((await page.fetch()).text, "<html>Bad gateway</html>");
});

Deno.test("S1-27 Retry-After and wordings like it are waited for where the total time allows, durably first (S3-15, S3-16)", async () => {
  const asked: Answer[] = [
    { status: 429, headers: { "retry-after": "7" } },
    { status: 503, headers: { "retry-after": "Mon, 12 Jan 1970 13:46:47 GMT", date: "Mon, 12 Jan 1970 13:46:40 GMT" } },
    { status: 429, text: "Please wait for 7 seconds" },
    { status: 429, text: "Please wait for 7 seconds", headers: { "retry-after": "1" } },
  ];
  for (const answer of asked) {
    const store = createLimitMemory();
    const client = rig([answer], { store });
    store.beforeWrite = () => assert.equal(client.made.length, 1);
    assert.equal((await client.fetch()).status, 200);
    assert.deepEqual([client.made.map(({ atMs }) => atMs), store.writes], [[0, 7_000], 1]);
    assert.deepEqual(classes(client), ["limited", "none"]);
  }
});

Deno.test("S1-27 a wait that is longer than the total time fails at once, with how long it is, and holds for every later call", async () => {
  const store = createLimitMemory();
  const clock = new FakeClock(1_000_000);
  const client = rig([{ status: 429, text: "Please wait for 3406 seconds" }], { store, clock });
  const limited = { code: "upstream-limited", retryable: true, retryAfterMs: 3_406_000 };
  await assert.rejects(client.fetch(), limited);
  await assert.rejects(client.fetch({ method: "POST", idempotent: false }), { ...limited });
  const later = rig([], { store, clock });
  await assert.rejects(later.fetch(), limited);
  assert.deepEqual([client.made.length, later.made.length], [1, 0]);
  assert.deepEqual(classes(client), ["limited", "rate-limit", "rate-limit"]);
  clock.advance(3_406_000);
  assert.equal((await later.fetch()).status, 200);
});

Deno.test("words that ask to wait in an answer that refuses nothing hold up nothing", async () => {
  for (const answer of [{ text: '"Please wait for 3406 seconds"' }, { status: 404, text: "wait for 90 seconds" }]) {
    const client = rig([answer]);
    await client.fetch();
    await client.fetch();
    assert.equal(client.made.length, 2);
  }
});

Deno.test("S1-27 a call ends within its total time, however its requests do", async () => {
  const declared = { totalTimeoutMs: 5_000, timeoutMs: 3_000 };
  const hung = rig([HANGS], { declared });
  await assert.rejects(hung.fetch(), { code: "upstream-failed", message: /within 5000 ms/ });
  assert.ok(hung.clock.now() - 1_000_000 <= 5_100);
  assert.deepEqual(hung.made.map(({ call }) => call.timeoutMs), [3_000]);
  assert.deepEqual(classes(hung), ["timeout"]);
  assert.equal(hung.clock.armed, 0);
});

Deno.test("a call of a turn that is over ends with it, and says nothing of the upstream", async () => {
  const client = rig([HANGS]);
  const turn = new AbortController();
  const fetched = client.client.fetch(fetchCall("?x", { upstream: "scan-api" }), {
    tenant: "acme",
    signal: turn.signal,
  });
  await turnOfLoop();
  turn.abort(new RuntimeError("cancelled", "The turn that asked is over"));
  await assert.rejects(fetched, { code: "cancelled" });
  const [sight] = client.client.sights().filter(({ upstream }) => upstream === "scan-api");
  assert.deepEqual([classes(client), sight!.calls, client.clock.armed], [["cancelled"], 0, 0]);
});

Deno.test("S1-27 a breaker that is open fails calls at once and makes no request, until a probe succeeds", async () => {
  const client = rig(Array(10).fill(LOST), { declared: { retry: { maxAttempts: 1 } } });
  for (let each = 0; each < 10; each++) await assert.rejects(client.fetch(), { code: "upstream-failed" });
  const openedAt = client.clock.now();
  for (let each = 0; each < 5; each++) {
    await assert.rejects(client.fetch(), { code: "upstream-unavailable", retryable: true, retryAfterMs: 30_000 });
  }
  assert.deepEqual([client.made.length, client.clock.now()], [10, openedAt]);
  const [sight] = client.client.sights();
  assert.deepEqual([sight!.breaker, sight!.errorRatio, sight!.openUntil], ["open", 1, openedAt + 30_000]);
  client.clock.advance(30_000);
  assert.equal((await client.fetch()).status, 200);
  assert.deepEqual(client.client.sights()[0]!.breaker, "closed");
  assert.deepEqual(client.recorder.of("upstream.breaker").map(({ state }) => state), ["open", "half-open", "closed"]);
});

Deno.test("a failure that opens the breaker is told as what it was, not as a call that was never made", async () => {
  const client = rig([500, 500], { declared: { breaker: { minimumCalls: 2 } } });
  assert.equal((await client.fetch()).status, 500);
  assert.equal(client.made.length, 2);
});

Deno.test("answers that refuse for a while, and calls that are refused here, open no breaker", async () => {
  const answers: Answer[] = Array.from({ length: 40 }, (_, index) => index % 2 === 0 ? 429 : 404);
  const client = rig(answers, { declared: { retry: { maxAttempts: 1 } } });
  for (let each = 0; each < 40; each++) await client.fetch();
  const [sight] = client.client.sights();
  assert.deepEqual([sight!.breaker, sight!.errorRatio, sight!.lastErrorClass], ["closed", 0, "client-error"]);
});

Deno.test("a declared rate is kept over calls and later lives; who cannot wait is told how long", async () => {
  const rateLimit = { kind: "sliding-window", limit: 2, windowMs: 3_600_000 } as const;
  const [store, clock] = [createLimitMemory(), new FakeClock(1_000_000)];
  const client = rig([], { declared: { rateLimit }, store, clock });
  await client.fetch();
  await client.fetch();
  await assert.rejects(client.fetch(), { code: "upstream-limited", retryAfterMs: 3_600_000 });
  assert.equal(client.client.sights()[0]!.remaining, 0);
  const later = rig([], { declared: { rateLimit }, store, clock });
  await assert.rejects(later.fetch(), { code: "upstream-limited" });
  assert.deepEqual([client.made.length, later.made.length], [2, 0]);
  // An hour, and how much later than it is taken a request may reach the other side.
  clock.advance(3_605_000);
  await later.fetch();
  assert.equal(later.client.sights()[0]!.remaining, 1);
});

Deno.test("S3-6 a request of a declared rate leaves once, whatever connection it would have been given", async () => {
  const rateLimit = { kind: "sliding-window", limit: 2, windowMs: 3_600_000 } as const;
  const [rated, free] = [rig([LOST], { declared: { rateLimit } }), rig([LOST])];
  for (const { fetch, made } of [rated, free]) {
    assert.equal((await fetch()).status, 200);
    assert.equal(made.length, 2);
  }
  assert.deepEqual(rated.made.map(({ call }) => call.idempotent), [false, false]);
  assert.deepEqual(free.made.map(({ call }) => call.idempotent), [true, true]);
});

Deno.test("tenants and base URLs that users give share neither breaker nor limit, and are told of to nobody else", async () => {
  const client = rig([{ status: 429, headers: { "retry-after": "600" } }]);
  const source = (baseUrl: string) => ({ upstream: "parcel-source", baseUrl });
  const limited = { code: "upstream-limited" };
  await assert.rejects(client.fetch(source("https://a.example/")), limited);
  await assert.rejects(client.fetch(source("https://a.example/")), limited);
  await client.fetch(source("https://a.example/"), { tenant: "rival" });
  await client.fetch(source("https://b.example/"));
  await client.fetch();
  assert.equal(client.made.length, 4);
  const sightOf = (tenant: string, baseUrl: string) =>
    client.client.sightOf({ upstream: "parcel-source", tenant, baseUrl });
  assert.equal(sightOf("acme", "https://a.example/")!.waitUntil, 1_600_000);
  assert.equal(sightOf("rival", "https://a.example/")!.waitUntil, null);
  assert.equal(sightOf("rival", "https://b.example/"), null);
  assert.deepEqual(client.client.sights().map(({ upstream }) => upstream), ["scan-api"]);
});

Deno.test("base URLs that users give are remembered up to a number, and what they asked for beyond it", async () => {
  const client = rig([{ status: 429, headers: { "retry-after": "600" } }]);
  const source = (host: number) => ({ upstream: "parcel-source", baseUrl: `https://h${host}.example/` });
  await assert.rejects(client.fetch(source(0)), { code: "upstream-limited" });
  const from = { tenant: "acme", signal: new AbortController().signal };
  for (let host = 1; host <= MOST_KEYS; host++) await client.client.fetch(fetchCall("?x", source(host)), from);
  const seen = (host: number) => client.client.sightOf({ ...source(host), tenant: "acme" }) !== null;
  assert.deepEqual([seen(0), seen(1), seen(MOST_KEYS)], [false, true, true]);
  await assert.rejects(client.fetch(source(0)), { code: "upstream-limited" });
});

Deno.test("a call without a rate and with a closed breaker commits nothing and reads its limit once", async () => {
  const store = createLimitMemory();
  const client = rig([], { store });
  for (let each = 0; each < 20; each++) await client.fetch();
  assert.deepEqual([client.made.length, store.writes, store.reads], [20, 0, 1]);
});

Deno.test("calls to addresses that users give pass by, once, whatever they answer", async () => {
  const client = rig([503]);
  assert.equal((await client.fetch({ upstream: null, idempotent: true })).status, 503);
  assert.deepEqual([client.made.length, client.recorder.all], [1, []]);
});

Deno.test("a client that stops ends what waits, and a node without an egress makes no call", async () => {
  const client = rig([{ status: 429, headers: { "retry-after": "30" } }]);
  const turn = new AbortController();
  const fetched = client.client.fetch(fetchCall("?x", { upstream: "scan-api" }), {
    tenant: "acme",
    signal: turn.signal,
  });
  await turnOfLoop();
  await client.client.stop();
  await assert.rejects(fetched, { code: "stopping", retryable: true });
  await turnOfLoop();
  assert.equal(client.clock.armed, 0);
  const none = createUpstreamClient({
    upstreams: [],
    egress: undefined,
    store: createLimitMemory(),
    clock: client.clock,
    random: seededRandom(1),
    diagnostics: createDiagnostics(),
  });
  const from = { tenant: "acme", signal: turn.signal };
  await assert.rejects(none.fetch(fetchCall("https://a.example/"), from), { code: "not-permitted" });
  await none.stop();
});
