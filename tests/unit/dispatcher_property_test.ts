import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { DispatchModel } from "../support/dispatch_model.ts";

const actor = fc.nat({ max: 5 });
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("append" as const), actor, delayMs: fc.constantFrom(0, 0, 5) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("burst" as const), actors: fc.integer({ min: 1_050, max: 1_300 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      pick: fc.nat({ max: 30 }),
      handled: fc.nat({ max: 2 }),
      last: fc.constantFrom("handled" as const, "handled" as const, "postponed" as const, "lost" as const),
      delayMs: fc.constantFrom(0, 0, 4),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("land" as const, "settle" as const), actor }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuse" as const), actor }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("tell" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("look" as const, "answer" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wake" as const), ms: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), actor }) },
);

Deno.test("createDispatcher() delivers every ready message once and in order, whatever comes between (P7, P8)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 80, size: "max" }),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      async (actions, slots, isShared) => {
        const model = new DispatchModel({ slots, isShared });
        void model.dispatcher.start();
        for (const step of actions) {
          if (step.do === "append") {
            const at = model.clock.now() + step.delayMs;
            model.append({ key: `k${step.actor}`, dueAt: at, readyAt: at });
          } else if (step.do === "burst") {
            for (let number = 0; number < step.actors; number++) {
              model.append({
                key: `burst${number}`,
                payload: "x".repeat(9),
              });
            }
          } else if (step.do === "commit") {
            const [address] = [...model.atHost.keys()].slice(step.pick % Math.max(1, model.atHost.size));
            if (address !== undefined) model.commit(address, step);
          } else if (step.do === "look") model.reads[0]?.look();
          else if (step.do === "answer") model.reads.shift()?.answer();
          else if (step.do === "wake") model.wake(step.ms);
          else if (step.do === "land") model.land(`acme/job/k${step.actor}`);
          else if (step.do === "settle") model.settle(`acme/job/k${step.actor}`);
          else if (step.do === "refuse") model.refuse(`acme/job/k${step.actor}`);
          else if (step.do === "cancel") model.cancel(`acme/job/k${step.actor}`);
          else model.tellNext();
          await Promise.resolve();
        }
        await model.drain();
        model.wake(10);
        await model.drain();
        assert.deepEqual(model.faults, []);
        assert.equal(model.pending, 0, "nothing is stuck");
        assert.equal(model.room.free >= slots, true, "all room is free again");
      },
    ),
    { numRuns: 200 },
  );
});
