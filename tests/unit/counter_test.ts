import assert from "node:assert/strict";
import { counter } from "../../actors/counter/counter.ts";
import { testActor } from "../../runtime/authoring.ts";

Deno.test("counter adds to its state and tells of it when a message says so (S2-14)", async () => {
  const turn = await testActor(counter).given({ count: 99 }).when("add", { by: -3 });
  assert.deepEqual(turn.state, { count: 96 });
  assert.deepEqual(turn.events, [{ type: "counter.changed", subject: "counter/one", data: { count: 96 } }]);
  assert.deepEqual(turn.sends, []);
});

Deno.test("counter begins at zero when it is new", async () => {
  assert.deepEqual((await testActor(counter).when("add", { by: 2 })).state, { count: 2 });
});

Deno.test("counter is zero again when it is reset", async () => {
  const turn = await testActor(counter).given({ count: 5 }).when("reset", {});
  assert.deepEqual(turn.state, { count: 0 });
  assert.deepEqual(turn.events.map(({ data }) => data), [{ count: 0 }]);
});

Deno.test("counter counts the events that it is told of (S0-15)", async () => {
  const told = { subscriptionId: "s", number: 7, at: 0, type: "job.succeeded", subject: "job/1", data: { id: "1" } };
  assert.deepEqual((await testActor(counter).given({ count: 5 }).when("event", told)).state, { count: 6 });
});

Deno.test("counter keeps its count when the sum is no exact integer", async () => {
  const state = { count: Number.MAX_SAFE_INTEGER };
  const turn = await testActor(counter).given(state).when("add", { by: 1 });
  assert.equal(turn.end, "failed");
  assert.deepEqual(turn.state, state);
  assert.deepEqual(turn.events, []);
});

Deno.test("counter answers its count", () => {
  assert.equal(counter.queries.count({ count: 7 }), 7);
});

for (const payload of [{ by: 0.5 }, { by: "1" }, {}, { by: 1, and: 2 }]) {
  Deno.test(`counter refuses to add ${JSON.stringify(payload)}`, () => {
    assert.equal(counter.messages.add.safeParse(payload).success, false);
  });
}
