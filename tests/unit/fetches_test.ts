import assert from "node:assert/strict";
import { readFetched } from "../../runtime/actor/fetched_text.ts";
import type { FetchCall, Fetched, TurnAnswer, TurnRequest } from "../../runtime/actor/outcome.ts";
import { createRegistry } from "../../runtime/actor/registry.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { StoreReads } from "../../runtime/store/contract.ts";
import type { Activation } from "../../runtime/system/activation.ts";
import { createFetches } from "../../runtime/system/fetches.ts";
import { createTurnRequests } from "../../runtime/system/turn_requests.ts";
import { turnOfLoop } from "../support/activation_rig.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fetchCall } from "../support/fetch_call.ts";
import { createRecorder } from "../support/recorder.ts";
import { courier } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";

const DONE: Fetched = { status: 201, headers: {}, text: "t" };

/** The server's side of calls, with an egress that the test answers for. */
function rig(hosts: readonly string[] | null = null) {
  const made: { call: FetchCall; signal: AbortSignal; end: (fetched: Fetched) => void }[] = [];
  const clock = new FakeClock();
  const diagnostics = createDiagnostics();
  const recorder = createRecorder();
  recorder.hear(diagnostics);
  const registry = createRegistry([courier, tally]);
  const fetches = createFetches({
    client: {
      fetch: (call, { signal }) =>
        new Promise((end, reject) => {
          made.push({ call, signal, end });
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    },
    kindOf: (kind) => registry.kind(kind),
    hostsOf: (tenant) => tenant === "acme" ? hosts : null,
    clock,
    diagnostics,
  });
  return { made, clock, recorder, fetches };
}

const OF_COURIER = { turn: 1, tenant: "acme", kind: "courier" };
const CALL = fetchCall("https://a.example/x?secret=1");

Deno.test("Fetches answers with what came, and tells of it without the address", async () => {
  const { made, clock, recorder, fetches } = rig();
  const answer = fetches.fetch(OF_COURIER, CALL);
  clock.advance(25);
  made[0]!.end(DONE);
  assert.deepEqual(readFetched(await answer), DONE);
  assert.deepEqual(recorder.all, [{ event: "fetch.ended", upstream: "user-given", status: 201, durationMs: 25 }]);
});

Deno.test("Fetches takes no worker's word for what its kind may reach, or for the form of a call", async () => {
  const { made, fetches } = rig();
  const denied = { code: "not-permitted", retryable: false };
  await assert.rejects(fetches.fetch({ ...OF_COURIER, kind: "tally" }, CALL), denied);
  await assert.rejects(fetches.fetch(OF_COURIER, fetchCall("/x", { upstream: "ups" })), denied);
  const forged = { ...CALL, headers: { host: "intern.example" } };
  await assert.rejects(fetches.fetch(OF_COURIER, forged), { code: "invalid-message" });
  await assert.rejects(fetches.fetch(OF_COURIER, { ...CALL, method: "CONNECT" }), { code: "invalid-message" });
  assert.deepEqual(made, []);
});

Deno.test("Fetches lets a tenant's users lead nowhere but to its hosts, and follows no redirect away from them", async () => {
  const { made, fetches } = rig(["a.example", "*.b.example"]);
  const call = (url: string, tenant = "acme") => fetches.fetch({ ...OF_COURIER, tenant }, { ...CALL, url });
  const refused = { code: "address-refused", retryable: false };
  for (const url of ["https://c.example/", "https://b.example/", "https://x.a.example/", "https://a.example.org/"]) {
    await assert.rejects(call(url), refused);
  }
  await assert.rejects(call("https://xb.example/"), refused);
  assert.equal(made.length, 0);
  const answers = [call("https://A.example./x"), call("https://hooks.b.example/"), call("https://c.example/", "zen")];
  assert.deepEqual(made.map((one) => one.call.redirect), ["manual", "manual", CALL.redirect]);
  for (const { end } of made) end(DONE);
  await Promise.all(answers);
});

Deno.test("Fetches ends the calls of a turn that is over, and of no other", async () => {
  const { made, recorder, fetches } = rig();
  const [one, other] = [fetches.fetch(OF_COURIER, CALL), fetches.fetch({ ...OF_COURIER, turn: 2 }, CALL)];
  fetches.end(1);
  await assert.rejects(one, { code: "cancelled" });
  assert.deepEqual(made.map(({ signal }) => signal.aborted), [true, false]);
  made[1]!.end(DONE);
  await other;
  assert.deepEqual(recorder.of("fetch.ended").map(({ status, code }) => code ?? status), ["cancelled", 201]);
  fetches.end(3);
});

Deno.test("Fetches bounds what one turn has under way", async () => {
  const { made, fetches } = rig();
  const all = Array.from({ length: 16 }, () => fetches.fetch(OF_COURIER, CALL));
  await assert.rejects(fetches.fetch(OF_COURIER, CALL), { code: "overloaded", retryable: true });
  const neighbour = fetches.fetch({ ...OF_COURIER, turn: 2 }, CALL);
  made[0]!.end(DONE);
  await all[0];
  all.push(fetches.fetch(OF_COURIER, CALL), neighbour);
  for (const { end } of made) end(DONE);
  await Promise.all(all);
});

Deno.test("createTurnRequests() lets no call leave before the actor's earlier outcomes are durable, and none of a turn that is over", async () => {
  const durable = Promise.withResolvers<void>();
  const activation = {
    of: { tenant: "acme", kind: "courier", key: "one" },
    durable: () => durable.promise,
  } as Activation;
  const running = new Set([1, 2]);
  const calls: number[] = [];
  const answers: TurnAnswer[] = [];
  const request = (turn: number): TurnRequest => ({ turn, request: turn, want: "fetch", call: CALL });
  createTurnRequests({
    read: {} as StoreReads,
    ask: () => Promise.reject(new Error("nobody asked")),
    fetch: ({ turn }) => Promise.resolve(String(calls.push(turn))),
    activationOf: (turn) => running.has(turn) ? activation : undefined,
    answer: (some) => void answers.push(...some),
  })([request(1), request(2)]);
  await turnOfLoop();
  assert.deepEqual(calls, []);
  running.delete(2);
  durable.resolve();
  await turnOfLoop();
  assert.deepEqual(calls, [1]);
  const said = answers.map((answer) => [answer.request, "error" in answer ? answer.error.code : answer.value]);
  assert.deepEqual(Object.fromEntries(said), { 1: "1", 2: "cancelled" });
});
