import assert from "node:assert/strict";
import type { Egress } from "../../runtime/upstream/egress.ts";
import { CALLING_KINDS, earlyCalls, egressTo, timedServer } from "../support/calling_node.ts";
import { caller, UPSTREAMS } from "../support/registry/calling_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const nodeOver = (egress: Egress, slots = 16) => setup({ kinds: CALLING_KINDS, egress, slots });

const call = ({ system }: TestSystem, key: string, upstream: keyof typeof UPSTREAMS) =>
  system.tell(caller.at("acme", key), "call", { upstream });

const statuses = ({ system }: TestSystem, key: string) => system.ask(caller.at("acme", key), "statuses");

Deno.test("S1-27 a running system makes idempotent calls again until one succeeds", async () => {
  await using server = timedServer({ answer: (nth) => new Response(null, { status: nth < 3 ? 503 : 204 }) });
  await using egress = egressTo(server.url);
  await using node = await nodeOver(egress);
  const committed = node.recorder.next("turn.committed");
  await call(node, "a", "patient");
  assert.equal((await committed).attempt, 1);
  assert.deepEqual([await statuses(node, "a"), server.cameAt.length], [[204], 3]);
  const classes = node.recorder.of("upstream.requested").map(({ errorClass }) => errorClass);
  assert.deepEqual(classes, ["server-error", "server-error", "none"]);
  assert.deepEqual(node.recorder.of("turn.retried"), []);
});

Deno.test("S1-27 Retry-After is waited for within a call that has the time", async () => {
  const limited = () => new Response(null, { status: 429, headers: { "retry-after": "1" } });
  await using server = timedServer({ answer: (nth) => nth === 1 ? limited() : new Response("{}") });
  await using egress = egressTo(server.url);
  await using node = await nodeOver(egress);
  const committed = node.recorder.next("turn.committed");
  await call(node, "a", "patient");
  await committed;
  const [first, second] = server.cameAt;
  assert.ok(second! - first! >= 1_000, `${second! - first!}`);
  assert.equal(server.cameAt.length, 2);
});

Deno.test("S1-27 a wait that the other side asked for outlives kill -9, and costs no attempt (P20, S3-15)", async () => {
  const limited = () => new Response("Please wait for 2 seconds", { status: 429 });
  await using server = timedServer({ answer: (nth) => nth === 1 ? limited() : new Response("{}") });
  await using egress = egressTo(server.url);
  await using node = await nodeOver(egress);
  const snoozed = node.recorder.next("turn.snoozed");
  await call(node, "a", "hurried");
  await snoozed;
  await node.restart();
  const committed = node.recorder.next("turn.committed");
  // One that knows of no wait: only the store can tell it.
  await call(node, "b", "hurried");
  await committed;
  await node.quiet();
  assert.deepEqual([await statuses(node, "a"), await statuses(node, "b")], [[200], [200]]);
  const [first, ...later] = server.cameAt;
  assert.equal(later.length, 2);
  assert.ok(later.every((at) => at - first! >= 2_000), `${later.map((at) => at - first!)}`);
  assert.ok(node.recorder.of("turn.committed").every(({ attempt }) => attempt === 1));
  const [sight] = node.system.upstreams.sights().filter(({ upstream }) => upstream === "hurried");
  assert.equal(sight!.waitUntil, null);
});

Deno.test("S1-27 what a window has admitted outlives kill -9: the next call comes when it is over (P20)", async () => {
  const rate = UPSTREAMS.slow.rateLimit!;
  await using server = timedServer();
  await using egress = egressTo(server.url);
  await using node = await nodeOver(egress);
  await call(node, "a", "slow");
  await call(node, "b", "slow");
  await node.quiet();
  assert.equal(server.cameAt.length, 2);
  await node.restart();
  await call(node, "c", "slow");
  await node.recorder.until(() => server.cameAt.length === 3);
  await node.quiet();
  assert.equal(earlyCalls(server.cameAt, rate), 0);
  assert.ok(node.recorder.of("turn.snoozed").length > 0);
});

Deno.test("P20 fifty windows of calls, with kills between them: never more than the limit in any window, early calls 0", async () => {
  const rate = UPSTREAMS.windowed.rateLimit!;
  const calls = 50 * rate.limit;
  await using server = timedServer();
  await using egress = egressTo(server.url);
  await using node = await nodeOver(egress, 64);
  for (let key = 0; key < calls; key++) await call(node, `k${key}`, "windowed");
  for (const kill of [0.25, 0.5, 0.75]) {
    await node.recorder.until(() => server.cameAt.length >= calls * kill);
    await node.restart();
  }
  await node.recorder.until(() => server.cameAt.length >= calls * 0.9);
  await node.quiet();
  const tookMs = server.cameAt.at(-1)! - server.cameAt[0]!;
  // deno-lint-ignore no-console -- a figure for people
  console.log(
    `${server.cameAt.length} calls, ${rate.limit} per ${rate.windowMs} ms at most, in ${Math.round(tookMs)} ms`,
  );
  assert.ok(server.cameAt.length >= calls);
  assert.equal(earlyCalls(server.cameAt, rate), 0);
});

Deno.test("a call of an upstream without a rate commits nothing beside its turn", async () => {
  await using server = timedServer();
  await using egress = egressTo(server.url);
  await using node = await nodeOver(egress);
  await call(node, "a", "patient");
  await node.quiet();
  const entries = () => node.recorder.of("batch.committed").reduce((sum, { entries }) => sum + entries, 0);
  const before = entries();
  await call(node, "a", "patient");
  await node.quiet();
  // The message, and its turn.
  assert.equal(entries() - before, 2);
});
