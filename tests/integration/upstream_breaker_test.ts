import assert from "node:assert/strict";
import { CALLING_KINDS, egressTo, timedServer } from "../support/calling_node.ts";
import { caller } from "../support/registry/calling_registry.ts";
import { setup } from "../support/test_system.ts";

Deno.test("S1-27 a breaker opens when its server is gone, fails calls at once, and closes by itself when it is back (S3-45, S4-30)", async () => {
  const first = timedServer();
  const port = Number(new URL(first.url).port);
  await using egress = egressTo(first.url);
  await using node = await setup({ kinds: CALLING_KINDS, egress, slots: 32 });
  const { recorder } = node;
  const call = (key: string) => node.system.tell(caller.at("acme", key), "call", { upstream: "breaking" });
  const requests = () => recorder.of("upstream.requested").filter(({ durationMs }) => durationMs !== null).length;
  const breakerNow = () => node.system.upstreams.sights().find(({ upstream }) => upstream === "breaking")!.breaker;
  await call("warm");
  await node.quiet();
  assert.deepEqual([first.cameAt.length, breakerNow()], [1, "closed"]);

  await first[Symbol.asyncDispose]();
  const opened = recorder.next("upstream.breaker", ({ state }) => state === "open");
  for (let key = 0; key < 4; key++) await call(`lost${key}`);
  await opened;
  assert.equal(breakerNow(), "open");

  const made = requests();
  const snoozed = () => recorder.of("turn.snoozed").filter(({ key }) => key.startsWith("fast")).length;
  for (let key = 0; key < 20; key++) await call(`fast${key}`);
  await recorder.until(() => snoozed() >= 20);
  const failedMs = recorder.of("fetch.ended").filter(({ code }) => code === "upstream-unavailable")
    .map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const median = failedMs[failedMs.length >> 1]!;
  // deno-lint-ignore no-console -- a figure for people
  console.log(`${failedMs.length} calls failed fast, in the median within ${median.toFixed(2)} ms`);
  assert.ok(failedMs.length >= 20);
  // Of each of the four one may have been under way when it opened, and a probe; none of the twenty was made.
  assert.ok(requests() - made <= 5, `${requests() - made}`);
  assert.ok(recorder.of("turn.retried").every(({ key }) => key.startsWith("lost")));

  await using again = timedServer({ port });
  await recorder.until(() => recorder.of("turn.committed").length === 25);
  assert.equal(breakerNow(), "closed");
  assert.deepEqual(recorder.of("message.dead-lettered"), []);
  assert.equal(again.cameAt.length, 24);
  assert.deepEqual(recorder.of("upstream.breaker").map(({ state }) => state).slice(-2), ["half-open", "closed"]);
});
