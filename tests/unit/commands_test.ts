import assert from "node:assert/strict";
import { createRegistry } from "../../runtime/actor/registry.ts";
import { LIMITS } from "../../runtime/core/limits.ts";
import { createCommands } from "../../runtime/system/commands.ts";
import type { Command } from "../../runtime/system/contract.ts";
import { echo } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";

const NOW = 1_000_000;
let made = 0;
const commands = createCommands(createRegistry([tally, echo]), () => `id-${++made}`);

function fromOutside(parts: Partial<Command> = {}, by = "system") {
  return commands.fromOutside({ to: tally.at("acme", "one"), message: "add", payload: { by: 1 }, ...parts }, {
    by,
    now: NOW,
  });
}

Deno.test("Commands.fromOutside() makes a message that is due now, with what its kind says by default", () => {
  const { message, fresh } = fromOutside();
  assert.deepEqual([message.dueAt, message.enqueuedAt, message.by, message.priority], [NOW, NOW, "system", 0]);
  assert.deepEqual([message.maxAttempts, message.timeoutMs, message.dedupeKey, fresh], [3, 0, null, false]);
  assert.equal(message.payload, '{"by":1,"failures":0}', "defaults of the schema are filled in");
});

Deno.test("Commands.fromOutside() takes what the sender says of the message", () => {
  const options = { delayMs: 500, priority: 7, maxAttempts: 9, timeoutMs: 50, dedupeKey: "d", fresh: true };
  const { message, fresh } = fromOutside(options, "ann");
  assert.deepEqual([message.dueAt, message.priority, message.maxAttempts], [NOW + 500, 7, 9]);
  assert.deepEqual([message.timeoutMs, message.dedupeKey, message.by, fresh], [50, "d", "ann", true]);
  assert.deepEqual([-5, 0.7].map((delayMs) => fromOutside({ delayMs }).message.dueAt), [NOW, NOW]);
});

Deno.test("Commands.fromOutside() gives every message an id of its own", () => {
  assert.notEqual(fromOutside().message.id, fromOutside().message.id);
});

Deno.test("Commands.fromOutside() refuses what nobody would understand", () => {
  const refused = (parts: Partial<Command>, code: string) => assert.throws(() => fromOutside(parts), { code });
  refused({ to: { tenant: "acme", kind: "gone", key: "one" } }, "unknown-kind");
  refused({ message: "gone" }, "unknown-message");
  refused({ message: "constructor" }, "unknown-message");
  refused({ payload: { by: "many" } }, "invalid-message");
  refused({ payload: { by: 1, text: "x".repeat(LIMITS.payloadBytes) } }, "too-large");
  for (const tenant of ["", "Acme", "a/b", "-a", "a".repeat(64)]) {
    refused({ to: tally.at(tenant, "one") }, "invalid-message");
  }
  for (const key of ["", "a/b", "a b", "é", "k".repeat(201)]) refused({ to: tally.at("acme", key) }, "invalid-message");
});

Deno.test("Commands.fromOutside() has the kind's journal say that the message was accepted", () => {
  const to = echo.at("acme", "job-1");
  const { with: entry } = commands.fromOutside({ to, message: "run", payload: { text: "hi" } }, {
    by: "ann",
    now: NOW,
  });
  assert.deepEqual(entry?.rows.map(({ tables, write }) => `${tables}.${write}`), ["job.told"]);
  const again = commands.fromOutside({ to, message: "run", payload: { text: "hi" }, again: 1 }, {
    by: "ann",
    now: NOW,
  });
  assert.deepEqual(again.with?.rows.map(({ write }) => write), ["attemptKept", "requeued"]);
});

Deno.test("Commands.fromTurn() names the actor as the one who gave the command", () => {
  const send = { ...tally.at("acme", "two"), name: "add", payload: "{}", options: { delayMs: 5 } };
  const { message } = commands.fromTurn(send, { by: tally.at("acme", "one"), now: NOW });
  assert.deepEqual([message.by, message.dueAt, message.key], ["acme/tally/one", NOW + 5, "two"]);
});

Deno.test("Commands.fromTurn() refuses to reach another tenant whatever the worker says, except for actors of system (P13)", () => {
  const send = { ...tally.at("rival", "one"), name: "add", payload: "{}", options: {} };
  assert.throws(() => commands.fromTurn(send, { by: tally.at("acme", "one"), now: NOW }), { code: "not-found" });
  const { message } = commands.fromTurn(send, { by: tally.at("system", "one"), now: NOW });
  assert.equal(message.tenant, "rival");
});
