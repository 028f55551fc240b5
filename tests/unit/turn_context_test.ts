import assert from "node:assert/strict";
import { z } from "zod";
import { createRegistry, defineActor, testActor } from "../../runtime/authoring.ts";
import { ABORT_GRACE_MS } from "../../runtime/actor/turn.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { ledger } from "../support/registry/ledger.ts";
import { turnOfLoop } from "../support/activation_rig.ts";
import { rigTurn } from "../support/turn_rig.ts";

const nothing = z.object({});

const answerer = defineActor({
  kind: "answerer",
  state: nothing,
  initial: {},
  messages: {},
  queries: { name: () => "answerer" },
  on: {},
});

const caller = defineActor({
  kind: "caller",
  state: nothing,
  initial: {},
  messages: {
    reach: z.object({ tenant: z.string(), kind: z.string(), message: z.string(), payload: z.unknown() }),
    ask: z.object({ tenant: z.string() }),
    emit: z.object({ type: z.string() }),
    effects: nothing,
    book: nothing,
    read: z.object({ id: z.string() }),
    hang: nothing,
  },
  on: {
    reach(_state, { tenant, kind, message, payload }, ctx) {
      ctx.tell({ tenant, kind, key: "one" }, message, payload as never, { delayMs: 5 });
    },
    ask: (_state, { tenant }, ctx) => ctx.ask(answerer.at(tenant, "two"), "name"),
    emit: (_state, { type }, ctx) => ctx.emit(type, {}),
    effects: (_state, _payload, ctx) => [ctx.effectKey("mail"), ctx.effectKey("charge"), ctx.attempt],
    book: (_state, _payload, ctx) => ctx.write(ledger.writes.book, { id: "one", amount: 1 }),
    async read(_state, { id }, ctx) {
      const sizes: number[] = [];
      for await (const chunk of ctx.blob.read(id)) sizes.push(chunk.length);
      return sizes;
    },
    hang: () => new Promise(() => {}),
  },
});

const REACH = { tenant: "acme", kind: "caller", message: "emit", payload: { type: "a.b" } };

async function codeOf(name: string, payload: object, tenant = "acme"): Promise<string> {
  const { outcomes } = await rigTurn(caller, name, { payload, tenant, registry: createRegistry([caller]) }).run();
  const { ending } = outcomes[0]!;
  return ending.end === "failed" ? ending.error.code : ending.end;
}

Deno.test("Context.tell() sends to actors of the same tenant only, those of `system` to all (P13)", async () => {
  assert.equal(await codeOf("reach", REACH), "done");
  assert.equal(await codeOf("reach", { ...REACH, tenant: "zen" }), "not-found");
  assert.equal(await codeOf("reach", { ...REACH, tenant: "zen" }, "system"), "done");
});

Deno.test("Context.ask() asks actors of the same tenant only (P13)", async () => {
  assert.equal(await codeOf("ask", { tenant: "acme" }), "done");
  assert.equal(await codeOf("ask", { tenant: "zen" }), "not-found");
});

Deno.test("Context.tell() refuses what the receiver would not understand", async () => {
  assert.equal(await codeOf("reach", { ...REACH, kind: "gone" }), "unknown-kind");
  assert.equal(await codeOf("reach", { ...REACH, message: "toString" }), "unknown-message");
  assert.equal(await codeOf("reach", { ...REACH, payload: { type: 7 } }), "invalid-message");
  assert.equal(await codeOf("reach", { ...REACH, tenant: "Not A Tenant" }), "invalid-message");
});

Deno.test("Context.emit() refuses a type that does not read like an event", async () => {
  assert.equal(await codeOf("emit", { type: "parcel.scanned" }), "done");
  for (const type of ["scanned", "Parcel.scanned", "parcel.", ""]) {
    assert.equal(await codeOf("emit", { type }), "invalid-message");
  }
});

Deno.test("Context.write() refuses tables that the kind does not declare", async () => {
  assert.equal(await codeOf("book", {}), "invalid-message");
});

Deno.test("Context.effectKey() is the same on every attempt at a message, and another for each name (P4)", async () => {
  const [first, second] = [
    await testActor(caller).when("effects", {}),
    await testActor(caller).attempt(2).when("effects", {}),
  ];
  const [mail, charge] = first.result as string[];
  assert.deepEqual(second.result, [mail, charge, 2]);
  assert.notEqual(mail, charge);
});

Deno.test("Context.blob reads a blob in chunks to its end", async () => {
  const turn = await testActor(caller).blob("b1", new Uint8Array(100_000)).when("read", { id: "b1" });
  assert.deepEqual(turn.result, [65_536, 34_464]);
  assert.equal((await testActor(caller).when("read", { id: "gone" })).error?.code, "not-found");
});

Deno.test("runTurn() gives a handler that ignores its deadline a second more, then gives it up", async () => {
  const rig = rigTurn(caller, "hang");
  const ran = rig.run();
  rig.abort.abort(new RuntimeError("timed-out", "too late", { retryable: true }));
  rig.clock.advance(ABORT_GRACE_MS - 1);
  await turnOfLoop();
  assert.equal(rig.outcomes.length, 0);
  rig.clock.advance(1);
  const { goOn } = await ran;
  const { ending } = rig.outcomes[0]!;
  assert.ok(ending.end === "failed" && ending.abandoned === true && ending.error.code === "timed-out");
  assert.deepEqual([goOn, rig.clock.armed], [false, 0]);
});
