import assert from "node:assert/strict";
import { z } from "zod";
import { defineJob } from "../../actors/authoring.ts";
import { batchEnded, defineActor, testActor } from "../../runtime/authoring.ts";
import { GatheredRows } from "../../runtime/store/gathered_rows.ts";
import { press, print } from "../support/registry/batches_registry.ts";

Deno.test("testActor() shows what a turn has spawned, in which batch, and whom its end is told", async () => {
  const turn = await testActor(press).when("print", { copies: 2, failing: 1, name: "copies" });
  assert.deepEqual(turn.spawned, [{
    name: "copies",
    batchId: "01TEST0000000000000000MSG1.copies",
    kind: "print",
    message: "run",
    payloads: [{ text: "0", fails: true, gate: "" }, { text: "1", fails: false, gate: "" }],
    options: {},
    onAllDone: "ended",
    onAnyFailed: "failed",
  }]);
});

Deno.test("Context.spawn() refuses a child whose payload does not fit, and then spawns nothing", async () => {
  const wrong = spawnerOf((ctx) => ctx.spawn(print, [{ text: "a" }, { text: 1 as never }]));
  const turn = await testActor(wrong).when("go", {});
  assert.deepEqual([turn.error?.code, turn.spawned], ["invalid-message", []]);
});

Deno.test("Context.spawn() makes at most 1,000 children with one commit, and says how to make more", async () => {
  const texts = (count: number) => Array.from({ length: count }, () => ({ text: "a" }));
  const many = spawnerOf((ctx) => {
    ctx.spawn(print, texts(600), { name: "one" });
    ctx.spawn(print, texts(401), { name: "two" });
  });
  const turn = await testActor(many).when("go", {});
  assert.equal(turn.error?.code, "too-large");
  assert.match(turn.error?.message ?? "", /1000 children at once.*generator.*yield/);
  const enough = await testActor(spawnerOf((ctx) => ctx.spawn(print, texts(1_000)))).when("go", {});
  assert.equal(enough.spawned[0]?.payloads.length, 1_000);
});

Deno.test("what is not declared cannot be spawned, nor told", async () => {
  const stranger = defineJob({ type: "stranger", payload: z.object({}), result: z.null(), run: () => null });
  const wrong: readonly (readonly [act: (ctx: Spawning) => void, says: RegExp])[] = [
    [(ctx) => ctx.spawn(stranger, [{}]), /which it does not declare/],
    [(ctx) => ctx.spawn(print, [], { name: "Two Words" }), /kebab-case/],
    [(ctx) => ctx.spawn(print, [], { onAllDone: "nothing" }), /no message nothing/],
    [(ctx) => ctx.spawn(print, [], { onAllDone: "go" }), /does not take what a batch sends/],
    [(ctx) => ctx.spawn(print, [], { onAnyFailed: "done" }), /does not take what a batch sends/],
  ];
  for (const [act, says] of wrong) {
    const turn = await testActor(spawnerOf(act)).when("go", {});
    assert.match(turn.error?.message ?? "", says);
    assert.deepEqual(turn.spawned, []);
  }
});

Deno.test("a job lives for one message, so it cannot be told of a batch's end", async () => {
  const job = defineJob({
    type: "told",
    payload: z.object({}),
    result: z.null(),
    spawns: [print],
    run: (_, ctx) => void ctx.spawn(print, [], { onAllDone: "run" }),
  });
  const turn = await testActor(job).when("run", {});
  assert.match(turn.error?.message ?? "", /lives for one message/);
});

Deno.test("a kind with several messages is no child", () => {
  const act = () => defineActor({ kind: "a", state: z.object({}), initial: {}, messages: {}, on: {}, spawns: [press] });
  assert.throws(act, /spawns press, which has \d messages/);
});

Deno.test("GatheredRows adds up what goes to one row, keeps the first text, and orders rows by their keys", () => {
  const gathered = new GatheredRows(["tenant", "id"]);
  const row = (id: string, open: number, failure: string | null) => ({ tenant: "acme", id, open, failure });
  const first = row("b", 1, null);
  for (const each of [first, row("a", 2, "x"), row("b", -3, "y"), row("b", 5, "z")]) gathered.add(each);
  assert.deepEqual(gathered.rows, [row("a", 2, "x"), row("b", 3, "y")]);
  assert.equal(first.open, 1);
});

type Spawning = Parameters<Parameters<typeof spawnerOf>[0]>[0];

function spawnerOf(act: (ctx: Parameters<NonNullable<typeof press["on"]["print"]>>[2]) => unknown) {
  return defineActor({
    kind: "any",
    state: z.object({}),
    initial: {},
    spawns: [print],
    messages: { go: z.strictObject({}), done: batchEnded },
    on: {
      go: (_state, _payload, ctx) => void act(ctx),
      done: () => {},
    },
  });
}
