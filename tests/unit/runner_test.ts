import assert from "node:assert/strict";
import type { Delivery } from "../../runtime/actor/outcome.ts";
import type { Clock } from "../../runtime/core/clock.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import type { RunnerBatch } from "../../runtime/host/outbox.ts";
import { Runner } from "../../runtime/host/runner.ts";
import type { WorkMarks } from "../../runtime/host/work_marks.ts";
import { registry } from "../support/registry/host_registry.ts";

const CLAIMED: WorkMarks = { claim: () => true, begin() {}, wait() {}, end() {} };

/** A runner whose every look at the clock takes `lookMs`, and all that it does. */
function setup(options: { lookMs?: number; serverTime?: () => number } = {}) {
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs += options.lookMs ?? 0,
    monotonic: () => nowMs,
    after: () => () => {},
  };
  const batches: RunnerBatch[] = [];
  const loopTurns: (() => void)[] = [];
  const runner = new Runner({
    registry,
    clock,
    random: seededRandom(1),
    slots: 4,
    ...options.serverTime === undefined ? {} : { serverTime: options.serverTime },
    nextRequest: () => 0,
    post: (batch) => batches.push(batch),
    soon: queueMicrotask,
    turnOfLoop: () => new Promise((resolve) => loopTurns.push(resolve)),
  });
  return { runner, batches, loopTurns, ended: () => batches.flatMap(({ outcomes }) => outcomes).length };
}

function delivery(key: number, envelopes: number): Delivery {
  const mail = { messageId: "m", name: "add", version: 1, payload: '{"by":1}', by: "test", attempt: 1 };
  const numbers = Array.from({ length: envelopes }, (_, index) => key * 1_000 + index);
  return {
    tenant: "acme",
    kind: "counter",
    key: `${key}`,
    state: null,
    stateVersion: 1,
    envelopes: numbers.map((turn) => ({ ...mail, turn, timeoutMs: 1_000, attemptMs: 0 })),
  };
}

/** Lets all microtasks run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("Runner tells the outcomes of trivial turns 256 at a time, and the rest when it is done", async () => {
  const { runner, batches } = setup();
  for (let key = 0; key < 200; key++) runner.deliver(delivery(key, 3), CLAIMED);
  runner.go();
  await settled();
  assert.deepEqual(batches.map(({ outcomes }) => outcomes.length), [256, 256, 88]);
});

Deno.test("Runner lets the event loop in when turns follow each other for 5 ms", async () => {
  const { runner, loopTurns, ended } = setup({ lookMs: 1 });
  runner.deliver(delivery(1, 100), CLAIMED);
  runner.go();
  await settled();
  assert.equal(loopTurns.length, 1);
  const before = ended();
  assert.ok(before > 0 && before < 100);
  while (ended() < 100) {
    loopTurns.shift()?.();
    await settled();
  }
});

Deno.test("Runner skips recalled work without a word", async () => {
  const { runner, batches } = setup();
  runner.deliver(delivery(1, 2), { ...CLAIMED, claim: () => false });
  runner.go();
  await settled();
  assert.deepEqual(batches, []);
});

Deno.test("Runner marks the begin and the end of each turn, and when it first waits", async () => {
  const { runner } = setup();
  const marks: string[] = [];
  const work = delivery(1, 2);
  const [adding, refusing] = work.envelopes;
  runner.deliver({ ...work, envelopes: [adding!, { ...refusing!, name: "refuseLater", payload: "{}" }] }, {
    claim: () => marks.push("claim") > 0,
    begin: (index) => void marks.push(`begin ${index}`),
    wait: (index) => void marks.push(`wait ${index}`),
    end: (index) => void marks.push(`end ${index}`),
  });
  runner.go();
  await settled();
  assert.deepEqual(marks, ["claim", "begin 0", "end 0", "begin 1", "wait 1", "end 1"]);
});

Deno.test("Runner begins no turn from the instant on before which it must have begun", () => {
  let serverMs = 0;
  const { runner, batches } = setup({ serverTime: () => serverMs++ });
  runner.deliver({ ...delivery(1, 4), startBefore: 2 }, CLAIMED);
  runner.deliver(delivery(2, 1), CLAIMED);
  runner.go();
  const endings = batches.flatMap(({ outcomes }) => outcomes).map(({ ending }) => ending.end);
  assert.deepEqual(endings, ["done", "done", "returned", "returned", "done"]);
});
