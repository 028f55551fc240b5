import assert from "node:assert/strict";
import {
  deserializeError,
  RetryLaterError,
  RuntimeError,
  serializeError,
  TerminalError,
} from "../../runtime/core/errors.ts";

Deno.test("serializeError() keeps code, text, stack and whether to retry over a round trip", () => {
  const error = new RuntimeError("mailbox-full", "It is full", { retryable: true, cause: new Error("why") });
  const revived = deserializeError(structuredClone(serializeError(error)));
  assert.ok(revived instanceof RuntimeError);
  assert.deepEqual([revived.code, revived.message, revived.retryable], ["mailbox-full", "It is full", true]);
  assert.equal(revived.stack, error.stack);
});

Deno.test("serializeError() retries what a handler throws, unless it is terminal", () => {
  assert.deepEqual(pick(new Error("no")), ["handler-failed", "no", true]);
  assert.deepEqual(pick(new TypeError("no")), ["handler-failed", "no", true]);
  assert.deepEqual(pick(new TerminalError("never")), ["handler-failed", "never", false]);
});

Deno.test("serializeError() keeps for how long a RetryLaterError asks to wait", () => {
  const { code, retryable, retryAfterMs } = serializeError(new RetryLaterError("later", { delayMs: 1_500.2 }));
  assert.deepEqual([code, retryable, retryAfterMs], ["handler-failed", true, 1_501]);
  for (const delayMs of [-1, NaN, Infinity]) assert.throws(() => new RetryLaterError("later", { delayMs }), RangeError);
});

Deno.test("serializeError() makes something readable of whatever was thrown", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  assert.equal(serializeError("plain text").message, "plain text");
  assert.equal(serializeError({ status: 503 }).message, '{"status":503}');
  assert.equal(serializeError(undefined).message, "undefined");
  for (const odd of [cycle, 1n]) assert.equal(serializeError(odd).message, "a value that cannot be shown was thrown");
});

Deno.test("serializeError() cuts long texts", () => {
  const error = new Error("m".repeat(10_000));
  error.stack = "s".repeat(10_000);
  const { message, stack } = serializeError(error);
  assert.deepEqual([message.length, stack?.length], [2_000, 4_000]);
  assert.equal(serializeError("t".repeat(10_000)).message.length, 2_000);
});

function pick(thrown: unknown): unknown[] {
  const { code, message, retryable } = serializeError(thrown);
  return [code, message, retryable];
}
