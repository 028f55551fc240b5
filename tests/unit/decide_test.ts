import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { backoffMs } from "../../runtime/core/backoff.ts";
import { decide } from "../../runtime/supervision/decide.ts";
import { message } from "../support/messages.ts";

const POLICY = { maxAttempts: 4, baseMs: 1_000, maxMs: 30_000 };
const FAILED = { end: "failed", error: { code: "handler-failed", message: "no", retryable: true } } as const;

function decideAt(attempts: number, ending: Parameters<typeof decide>[1] = FAILED, cancelWished = false) {
  const how = { policy: POLICY, now: 100, random: seededRandom(1), cancelWished };
  return decide(message({ attempts }), ending, how);
}

Deno.test("backoffMs() is exponential with full jitter below the maximum (S2-9)", () => {
  const highest = { next: () => 0.999_999 };
  const ceilings = [1, 2, 3, 4, 5, 6, 7].map((failed) => backoffMs(POLICY, failed, highest) + 1);
  assert.deepEqual(ceilings, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 1_000 }), (seed, failed) => {
    const waitMs = backoffMs(POLICY, failed, seededRandom(seed));
    assert.ok(waitMs >= 0 && waitMs < Math.min(30_000, 1_000 * 2 ** (failed - 1)));
  }));
});

Deno.test("decide() retries until the attempts are used up, then gives up with the last error (S2-10)", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempts) => decideAt(attempts).decision), ["retry", "retry", "retry", "give-up"]);
});

Deno.test("decide() counts an attempt for a failure and none for a snooze", () => {
  const retry = decideAt(1);
  assert.ok(retry.decision === "retry" && retry.attempts === 2);
  assert.deepEqual(decideAt(1, { end: "snoozed", delayMs: 50 }), { decision: "snooze", readyAt: 150 });
});

Deno.test("decide() waits at least as long as the error says, and for the backoff when that is longer", () => {
  const readyAt = (retryAfterMs: number) => {
    const decision = decideAt(0, { end: "failed", error: { ...FAILED.error, retryAfterMs } });
    return decision.decision === "retry" ? decision.readyAt : null;
  };
  const backoffOnly = readyAt(0)!;
  assert.ok(backoffOnly > 100);
  assert.equal(readyAt(1), backoffOnly);
  assert.equal(readyAt(600_000), 600_100);
});

Deno.test("decide() counts an attempt for an error that says when to come back", () => {
  const error = { ...FAILED.error, retryAfterMs: 600_000 };
  assert.equal(decideAt(3, { end: "failed", error }).decision, "give-up");
});

Deno.test("decide() waits without losing an attempt when an upstream takes no call yet", () => {
  for (const code of ["upstream-limited", "upstream-unavailable"] as const) {
    const error = { ...FAILED.error, code, retryAfterMs: 600_000 };
    assert.deepEqual(decideAt(3, { end: "failed", error }), { decision: "snooze", readyAt: 600_100 });
    assert.deepEqual(decideAt(3, { end: "failed", error }, true), { decision: "cancel" });
    assert.deepEqual(decideAt(0, { ...FAILED, error: { ...FAILED.error, code } }), {
      decision: "snooze",
      readyAt: 1_100,
    });
    assert.equal(decideAt(0, { end: "failed", error: { ...error, retryable: false } }).decision, "give-up");
    assert.equal(decideAt(0, { end: "failed", error, crashed: true }).decision, "retry");
  }
  const failed = { ...FAILED.error, code: "upstream-failed", retryAfterMs: 600_000 } as const;
  assert.equal(decideAt(3, { end: "failed", error: failed }).decision, "give-up");
});

Deno.test("decide() gives up at once when the error says that no retry will help", () => {
  const error = { code: "handler-failed", message: "never", retryable: false } as const;
  assert.equal(decideAt(0, { end: "failed", error }).decision, "give-up");
});

Deno.test("decide() never tries again what someone wished to cancel, but keeps a success", () => {
  assert.equal(decideAt(0, FAILED, true).decision, "cancel");
  assert.equal(decideAt(0, { end: "snoozed", delayMs: 1 }, true).decision, "cancel");
  assert.equal(decideAt(0, { end: "done", result: "1" }, true).decision, "handled");
});

Deno.test("decide() counts a crash beside the attempt, and gives up at the third however many attempts are left", () => {
  const crashed = { ...FAILED, crashed: true } as const;
  const how = { policy: POLICY, now: 100, random: seededRandom(1), cancelWished: false };
  const after = (crashes: number, ending: Parameters<typeof decide>[1] = crashed) =>
    decide(message({ crashes, maxAttempts: 100 }), ending, how);
  assert.deepEqual([0, 1, 2].map((crashes) => after(crashes).decision), ["retry", "retry", "give-up"]);
  const [first, plain] = [after(0), after(1, FAILED)];
  assert.ok(first.decision === "retry" && first.attempts === 1 && first.crashes === 1);
  assert.ok(plain.decision === "retry" && plain.crashes === 1);
  assert.ok("crashes" in after(1, { ...FAILED, abandoned: true }));
});
