import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { openStore } from "../../runtime/store/open.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { CALLING_KINDS, earlyCalls, egressTo, timedServer } from "../support/calling_node.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { createRecorder, type Recorder } from "../support/recorder.ts";
import { caller, UPSTREAMS } from "../support/registry/calling_registry.ts";

/** A node that calls outside, on a database that others share. */
async function callingNode(
  databaseUrl: string,
  { node, url, recorder }: { node: string; url: string; recorder: Recorder },
) {
  const { registry, registryUrl } = CALLING_KINDS;
  const clock = systemClock;
  const store = await openStore({ databaseUrl, registry, registryUrl, node, now: clock.now() });
  const random = seededRandom(store.ownership.generation);
  const diagnostics = createDiagnostics();
  recorder.hear(diagnostics);
  let requests = 0;
  diagnostics.observe((told) => {
    if (told.event === "upstream.requested" && told.durationMs !== null) requests++;
  });
  const system = createSystem({
    registry,
    store,
    createHost: (events) => createInlineHost({ registry, clock, random, events, slots: 32 }),
    egress: egressTo(url),
    clock,
    random,
    diagnostics,
    tenantPendingLimit: 100_000,
    eventsKept: 100_000,
    onFatal: () => {},
  });
  await system.start();
  return {
    call: (key: string, upstream: keyof typeof UPSTREAMS) =>
      system.tell(caller.at("acme", key), "call", { upstream }, { fresh: true }),
    requests: () => requests,
    [Symbol.asyncDispose]: () => system.stop({ graceMs: 0 }),
  };
}

Deno.test("S1-27 two nodes on one database share an upstream's limit: never more in any window, and both call (P20)", async () => {
  const rate = UPSTREAMS.shared.rateLimit!;
  const calls = 60;
  await using database = await migratedDatabase(CALLING_KINDS.registry);
  // Each fifth is up to 350 ms on its way.
  await using server = timedServer({ wayMs: (nth) => nth % 5 === 0 ? 50 * (nth % 8) : 0 });
  const recorder = createRecorder();
  const at = (node: string) => callingNode(database.url, { node, url: server.url, recorder });
  await using one = await at("one");
  await using two = await at("two");
  for (let key = 0; key < calls; key++) await (key % 2 === 0 ? one : two).call(`k${key}`, "shared");
  await recorder.until(() => recorder.of("turn.committed").length === calls);
  const tookMs = Math.round(server.cameAt.at(-1)! - server.cameAt[0]!);
  // deno-lint-ignore no-console -- a figure for people
  console.log(`${one.requests()} and ${two.requests()} calls, ${rate.limit} per ${rate.windowMs} ms, in ${tookMs} ms`);
  assert.equal(server.cameAt.length, calls);
  assert.equal(earlyCalls(server.cameAt, rate), 0);
  assert.ok(one.requests() > 0 && two.requests() > 0);
});

Deno.test("S1-27 a wait that one node was asked for is obeyed by the other (P20)", async () => {
  await using database = await migratedDatabase(CALLING_KINDS.registry);
  const limited = () => new Response(null, { status: 429, headers: { "retry-after": "2" } });
  await using server = timedServer({ answer: (nth) => nth === 3 ? limited() : new Response("{}") });
  const recorder = createRecorder();
  const at = (node: string) => callingNode(database.url, { node, url: server.url, recorder });
  await using one = await at("one");
  await using two = await at("two");
  const handled = (count: number) => recorder.until(() => recorder.of("turn.committed").length === count);
  // Both know that nothing is asked yet.
  await one.call("one", "hurried");
  await two.call("two", "hurried");
  await handled(2);
  assert.deepEqual([one.requests(), two.requests()], [1, 1]);
  const snoozed = recorder.next("turn.snoozed");
  await one.call("asked", "hurried");
  await snoozed;
  assert.deepEqual([one.requests(), two.requests()], [2, 1]);
  for (let key = 0; key < 10; key++) await (key % 2 === 0 ? one : two).call(`after${key}`, "hurried");
  await handled(13);
  const [, , asked, ...later] = server.cameAt;
  assert.equal(later.length, 11);
  assert.ok(two.requests() > 1);
  assert.ok(later.every((at) => at - asked! >= 2_000), `${later.map((at) => at - asked!)}`);
});
