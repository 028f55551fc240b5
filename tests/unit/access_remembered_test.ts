import assert from "node:assert/strict";
import { rememberVerified } from "../../routes/access/remembered.ts";
import { unauthorized } from "../../routes/access/unauthorized.ts";
import { FakeClock } from "../support/fake_clock.ts";

const HOUR_MS = 3_600_000;

function setup({ expiresAt = HOUR_MS } = {}) {
  const clock = new FakeClock();
  const verified: string[] = [];
  let holds = true;
  const { ask, forget } = rememberVerified((token) => {
    verified.push(token);
    if (!holds) return Promise.reject(unauthorized());
    return Promise.resolve({ tenant: "acme", subject: token, role: "viewer", expiresAt });
  }, clock);
  return {
    clock,
    verified,
    ask: (shown: string) => ask(shown, () => "192.0.2.1"),
    forget,
    stopHolding: () => void (holds = false),
  };
}

Deno.test("rememberVerified() verifies a token once, and answers at once after that", async () => {
  const { ask, verified } = setup();
  const first = await ask("a");
  const second = ask("a");
  assert.ok(!(second instanceof Promise));
  assert.deepEqual([second, verified.length], [first, 1]);
  assert.equal((await ask("b")).subject, "b");
});

Deno.test("rememberVerified() verifies again after a minute", async () => {
  const { ask, verified, clock, stopHolding } = setup();
  await ask("a");
  stopHolding();
  clock.advance(59_999);
  await ask("a");
  clock.advance(1);
  await assert.rejects(async () => await ask("a"), { status: 401 });
  await assert.rejects(async () => await ask("a"), { status: 401 });
  assert.equal(verified.length, 3);
});

Deno.test("rememberVerified() verifies again when the token's time is over", async () => {
  const { ask, verified, clock } = setup({ expiresAt: 10_000 });
  await ask("a");
  clock.advance(9_999);
  await ask("a");
  assert.equal(verified.length, 1);
  clock.advance(1);
  await ask("a");
  assert.equal(verified.length, 2);
});

Deno.test("rememberVerified() remembers no more than 1,000, those asked for last", async () => {
  const { ask, verified } = setup();
  await ask("first");
  for (let index = 0; index < 999; index++) await ask(`${index}`);
  await ask("first");
  await ask("one more");
  assert.equal(verified.length, 1_001);
  await ask("first");
  assert.equal(verified.length, 1_001);
  await ask("0");
  assert.equal(verified.length, 1_002);
});

Deno.test("rememberVerified() verifies anew who was forgotten, also when their verifying was under way", async () => {
  const { ask, forget, verified } = setup();
  await Promise.all([ask("a"), ask("b")]);
  forget(({ subject }) => subject === "a");
  await Promise.all([ask("a"), ask("b")]);
  assert.deepEqual(verified, ["a", "b", "a"]);

  const underWay = ask("c");
  forget(() => false);
  await underWay;
  await ask("c");
  assert.deepEqual(verified.slice(3), ["c", "c"]);
});
