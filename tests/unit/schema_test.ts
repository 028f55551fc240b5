import assert from "node:assert/strict";
import { z } from "zod";
import { defineActor } from "../../runtime/authoring.ts";
import { holdsAnything, InvalidError, parseWith, upgrade, versionOf } from "../../runtime/actor/schema.ts";
import { runQuestion } from "../../runtime/actor/turn.ts";
import { rigTurn } from "../support/turn_rig.ts";

/** Version 1 had `{ n }`, version 2 `{ count }`; version 3 counts in tens. */
const counter = defineActor({
  kind: "counter",
  state: z.object({ tens: z.int() }),
  initial: { tens: 0 },
  messages: { add: z.object({ by: z.int(), why: z.string().default("none") }) },
  queries: { tens: ({ tens }: { tens: number }) => tens },
  upgrade: {
    state: [
      (older) => ({ count: (older as { n: number }).n }),
      (older) => ({ tens: Math.floor((older as { count: number }).count / 10) }),
    ],
    messages: { add: [(older) => ({ by: (older as { amount: number }).amount })] },
  },
  on: {
    add(state, { by, why }) {
      state.tens += by;
      return why;
    },
  },
});

Deno.test("upgrade() takes a value through every step from the version it was written at", () => {
  const steps = [(text: unknown) => `${text}b`, (text: unknown) => `${text}c`];
  assert.deepEqual([1, 2, 3].map((version) => upgrade("a", version, steps)), ["abc", "ac", "a"]);
  assert.deepEqual([versionOf(undefined), versionOf(steps)], [1, 3]);
});

Deno.test("upgrade() refuses what a newer program wrote", () => {
  assert.throws(() => upgrade("a", 2, undefined), { code: "storage-newer" });
});

Deno.test("runTurn() reads a state of an older program, and writes it as the current one does", async () => {
  const ran = await rigTurn(counter, "add", { state: { text: '{"n":42}', version: 1 }, payload: { by: 1 } }).run();
  assert.deepEqual(ran.state, { text: '{"tens":5}', version: 3 });
});

Deno.test("runTurn() reads a message of an older program, with the defaults of its schema", async () => {
  const ran = await rigTurn(counter, "add", { payload: { amount: 2 }, version: 1 }).run();
  const [{ ending, changes } = {}] = ran.outcomes;
  assert.deepEqual(ending, { end: "done", result: '"none"' });
  assert.equal(changes?.state, '{"tens":2}');
});

Deno.test("runTurn() fails on a state or message of a newer program and leaves the state alone", async () => {
  for (const older of [{ state: { text: "{}", version: 4 } }, { version: 3 }]) {
    const ran = await rigTurn(counter, "add", { payload: { by: 1 }, ...older }).run();
    const { ending } = ran.outcomes[0]!;
    assert.ok(ending.end === "failed" && ending.error.code === "storage-newer");
  }
});

Deno.test("runQuestion() answers from a state of an older program, and from the initial one", async () => {
  const ask = (text: string | null, version: number) =>
    runQuestion(counter, { query: "tens", args: "null", state: { text, version } });
  assert.deepEqual([await ask('{"count":70}', 2), await ask(null, 1)], ["7", "0"]);
});

Deno.test("parseWith() says where each fault lies", () => {
  const schema = z.object({ items: z.array(z.object({ "a/b": z.int() })) });
  const fault = assert.throws(() => parseWith(schema, { items: [{ "a/b": "x" }] }, "The payload"), (error) => {
    assert.ok(error instanceof InvalidError);
    assert.deepEqual(error.faults.map(({ pointer }) => pointer), ["/items/0/a~1b"]);
    return error.code === "invalid-message" && !error.retryable;
  });
  assert.equal(fault, undefined);
});

Deno.test("holdsAnything() is false of an object without properties alone", () => {
  const schemas = [
    z.object({}),
    z.object({ cursor: z.string().optional() }),
    z.looseObject({}),
    z.record(z.string(), z.int()),
    z.object({}).refine(() => true),
  ];
  assert.deepEqual(schemas.map(holdsAnything), [false, true, true, true, false]);
});
