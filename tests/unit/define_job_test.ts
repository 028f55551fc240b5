import assert from "node:assert/strict";
import { z } from "zod";
import { defineJob } from "../../actors/authoring.ts";
import { defineActor, testActor } from "../../runtime/authoring.ts";

const judge = defineJob({
  type: "judge",
  payload: z.object({ returns: z.unknown() }),
  result: z.object({ decision: z.enum(["granted", "snooze"]), delayMs: z.number().optional() }),
  run: ({ returns }) => returns,
});

const later = defineJob({
  type: "later",
  payload: z.object({ how: z.enum(["plain", "promise", "generator"]) }),
  result: z.object({}),
  run({ how }, ctx) {
    if (how === "plain") return ctx.snooze(7.9);
    if (how === "promise") return Promise.resolve(ctx.snooze(7.9));
    // deno-lint-ignore require-yield -- what a generator gives back counts too
    return function* () {
      return ctx.snooze(7.9);
    }();
  },
});

Deno.test("defineJob() checks a result that has a property named decision like any other", async () => {
  const granted = await testActor(judge).when("run", { returns: { decision: "granted" } });
  assert.deepEqual([granted.end, granted.result], ["done", { decision: "granted" }]);
  const refused = await testActor(judge).when("run", { returns: { decision: "postponed" } });
  assert.deepEqual([refused.end, refused.error?.code], ["failed", "invalid-message"]);
});

Deno.test("defineJob() takes a result for a result although it looks like a snooze", async () => {
  const returns = { decision: "snooze", delayMs: 5 };
  const turn = await testActor(judge).when("run", { returns });
  assert.deepEqual([turn.end, turn.result], ["done", returns]);
});

for (const how of ["plain", "promise", "generator"] as const) {
  Deno.test(`defineJob() lets a job snooze from a ${how} return, without a look at its result schema`, async () => {
    const turn = await testActor(later).when("run", { how });
    assert.deepEqual([turn.end, turn.delayMs], ["snoozed", 7]);
  });
}

Deno.test("defineActor() takes what a handler returns for a result although it looks like a snooze", async () => {
  const mimic = defineActor({
    kind: "mimic",
    state: z.object({}),
    initial: {},
    messages: { act: z.object({}) },
    on: { act: () => ({ decision: "snooze", delayMs: 5 }) },
  });
  assert.equal((await testActor(mimic).when("act", {})).end, "done");
});
