import assert from "node:assert/strict";
import { z } from "zod";
import { type Context, defineActor, RuntimeError, TerminalError, testActor } from "../../runtime/authoring.ts";
import { rigTurn } from "../support/turn_rig.ts";

const nothing = z.object({});
const leaked: Context[] = [];

const counter = defineActor({
  kind: "counter",
  state: z.object({ count: z.int() }),
  initial: { count: 0 },
  messages: {
    add: z.object({ by: z.int() }),
    look: nothing,
    spoil: nothing,
    refuse: z.object({ terminal: z.boolean() }),
    snooze: nothing,
    end: nothing,
    steps: z.object({ yields: z.int(), fail: z.boolean() }),
    leak: nothing,
  },
  on: {
    add(state, { by }, ctx) {
      state.count += by;
      ctx.emit("counter.changed", { count: state.count });
      ctx.tell(counter.at(ctx.tenant, "other"), "add", { by });
      return { count: state.count };
    },
    look: ({ count }) => count,
    spoil: (state) => void ((state as { count: unknown }).count = "many"),
    refuse(state, { terminal }, ctx) {
      state.count++;
      ctx.emit("counter.changed", {});
      ctx.tell(counter.at(ctx.tenant, "other"), "add", { by: 1 });
      throw terminal ? new TerminalError("never") : new Error("not now");
    },
    snooze(state, _payload, ctx) {
      state.count++;
      ctx.emit("counter.changed", {});
      ctx.stop();
      return ctx.snooze(12.7);
    },
    end: (_state, _payload, ctx) => ctx.stop(),
    *steps(state, { yields, fail }, ctx) {
      for (let step = 1; step <= yields; step++) {
        state.count++;
        ctx.emit("counter.stepped", { step });
        yield;
      }
      state.count += 100;
      if (fail) throw new Error("after the last commit point");
      return "all";
    },
    leak: (_state, _payload, ctx) => void leaked.push(ctx),
  },
});

Deno.test("runTurn() reports the state, the events and the sends of a handler that returns", async () => {
  const turn = await testActor(counter).given({ count: 4 }).when("add", { by: 3 });
  assert.deepEqual([turn.end, turn.state, turn.result], ["done", { count: 7 }, { count: 7 }]);
  assert.deepEqual(turn.events, [{ type: "counter.changed", subject: "counter/one", data: { count: 7 } }]);
  assert.deepEqual(turn.sends.map(({ key, name, payload }) => [key, name, payload]), [["other", "add", { by: 3 }]]);
});

Deno.test("runTurn() does not write a state that did not change", async () => {
  const { outcomes } = await rigTurn(counter, "look").run();
  assert.deepEqual(outcomes.map(({ changes }) => changes), [undefined]);
});

Deno.test("runTurn() keeps nothing of a turn that throws, and lets nothing behind it start", async () => {
  const state = { text: '{"count":4}', version: 1 };
  const turn = await rigTurn(counter, "refuse", { state, payload: { terminal: false } }).run();
  assert.deepEqual(turn.outcomes.map(({ changes }) => changes), [undefined]);
  assert.deepEqual([turn.state, turn.goOn], [state, false]);
  const [{ ending } = {}] = turn.outcomes;
  assert.ok(ending?.end === "failed" && ending.error.retryable && ending.error.stack?.includes("not now"));
});

Deno.test("runTurn() says that no retry helps after a TerminalError", async () => {
  const turn = await testActor(counter).when("refuse", { terminal: true });
  assert.deepEqual([turn.error?.code, turn.error?.retryable], ["handler-failed", false]);
});

Deno.test("runTurn() fails a turn whose state its schema refuses", async () => {
  const turn = await testActor(counter).when("spoil", {});
  assert.deepEqual([turn.end, turn.state, turn.error?.code], ["failed", { count: 0 }, "invalid-message"]);
});

Deno.test("runTurn() keeps nothing of a turn that snoozes, not even its end", async () => {
  const turn = await rigTurn(counter, "snooze").run();
  assert.deepEqual(turn.outcomes.map(({ ending, changes }) => [ending, changes]), [
    [{ end: "snoozed", delayMs: 12 }, undefined],
  ]);
  assert.equal(turn.goOn, false);
});

Deno.test("runTurn() removes the state of an actor that stops: the next message finds the initial one", async () => {
  const turn = await rigTurn(counter, "end", { state: { text: '{"count":4}', version: 1 } }).run();
  assert.equal(turn.outcomes[0]?.changes?.stopped, true);
  assert.deepEqual([turn.state.text, turn.goOn], [null, true]);
});

Deno.test("runTurn() reports a commit point for every yield, and goes on from there", async () => {
  const turn = await testActor(counter).when("steps", { yields: 3, fail: false });
  assert.deepEqual([turn.commitPoints, turn.state, turn.result], [3, { count: 103 }, "all"]);
  assert.deepEqual(turn.events.map(({ data }) => data), [{ step: 1 }, { step: 2 }, { step: 3 }]);
});

Deno.test("runTurn() keeps what commit points committed when the turn fails later", async () => {
  const turn = await rigTurn(counter, "steps", { payload: { yields: 2, fail: true } }).run();
  assert.deepEqual(turn.outcomes.map(({ ending, changes }) => [ending.end, changes?.state]), [
    ["commit-point", '{"count":1}'],
    ["commit-point", '{"count":2}'],
    ["failed", undefined],
  ]);
  assert.equal(turn.state.text, '{"count":2}');
});

Deno.test("runTurn() throws into the handler what a commit point was refused for", async () => {
  const answer = () => Promise.reject(new RuntimeError("constraint", "refused"));
  const turn = await rigTurn(counter, "steps", { payload: { yields: 2, fail: false }, answer }).run();
  assert.deepEqual(turn.outcomes.map(({ ending }) => ending.end), ["commit-point", "failed"]);
  const last = turn.outcomes.at(-1)!.ending;
  assert.ok(last.end === "failed" && last.error.code === "constraint");
});

Deno.test("runTurn() refuses the context to work that the handler did not wait for (S3-21)", async () => {
  await testActor(counter).when("leak", {});
  const late = leaked.at(-1)!;
  const uses = [
    () => late.emit("counter.changed", {}),
    () => late.tell(counter.at("test", "one"), "add", { by: 1 }),
    () => late.log.info("late"),
    () => late.progress({ done: 1 }),
    () => late.stop(),
  ];
  for (const use of uses) assert.throws(use, { code: "conflict" });
});

Deno.test("runTurn() fails a message that its kind does not have", async () => {
  const turn = await rigTurn(counter, "gone").run();
  const [{ ending } = {}] = turn.outcomes;
  assert.ok(ending?.end === "failed" && ending.error.code === "unknown-message");
});
