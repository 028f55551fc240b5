import assert from "node:assert/strict";
import { createWaking } from "../../runtime/system/waking.ts";
import { FakeClock } from "../support/fake_clock.ts";

async function advance(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    for (let hop = 0; hop < 8; hop++) await Promise.resolve();
  }
}

function woken(signal?: AbortSignal) {
  const clock = new FakeClock();
  const seen = { looks: 0, over: false, busy: false };
  const wake = createWaking({ clock, look: () => void seen.looks++, isBusy: () => seen.busy });
  wake(signal).then(() => void (seen.over = true));
  return { clock, seen };
}

Deno.test("wake() looks once, at once, and lasts for two quiet seconds", async () => {
  const { clock, seen } = woken();
  assert.equal(seen.looks, 1);
  await advance(clock, 1_950);
  assert.equal(seen.over, false);
  await advance(clock, 50);
  assert.deepEqual(seen, { looks: 1, over: true, busy: false });
  assert.equal(clock.armed, 0);
});

Deno.test("wake() lasts as long as there is work, and two seconds more", async () => {
  const { clock, seen } = woken();
  await advance(clock, 1_000);
  seen.busy = true;
  await advance(clock, 30_000);
  seen.busy = false;
  await advance(clock, 1_900);
  assert.equal(seen.over, false);
  await advance(clock, 500);
  assert.equal(seen.over, true);
});

Deno.test("wake() ends when it is told to, whatever runs", async () => {
  const enough = new AbortController();
  const { clock, seen } = woken(enough.signal);
  seen.busy = true;
  await advance(clock, 5_000);
  enough.abort();
  await advance(clock, 0);
  for (let hop = 0; hop < 8; hop++) await Promise.resolve();
  assert.equal(seen.over, true);
  assert.equal(clock.armed, 0);
});
