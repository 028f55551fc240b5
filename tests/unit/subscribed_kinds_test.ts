import assert from "node:assert/strict";
import { z } from "zod";
import { defineActor, subscribedEvent } from "../../runtime/authoring.ts";

const of = (subscribes: readonly string[], event: z.ZodObject = subscribedEvent) =>
  defineActor({
    kind: "listener",
    state: z.object({}),
    initial: {},
    messages: { event },
    subscribes,
    on: { event() {} },
  });

Deno.test("defineActor() takes the types that a kind subscribes to, each once", () => {
  assert.deepEqual(of(["b.b", "a.a", "b.b"]).subscribes, ["a.a", "b.b"]);
  assert.deepEqual(of([]).subscribes, []);
});

Deno.test("defineActor() refuses what is no type of events, and a kind that subscribes and takes none", () => {
  assert.throws(() => of(["created"]), TypeError);
  assert.throws(() => of(["a.a"], z.object({})), TypeError);
});
