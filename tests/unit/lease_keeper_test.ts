import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { createLeaseKeeper } from "../../runtime/cluster/lease_keeper.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import type { Lease } from "../../runtime/store/contract.ts";
import { FakeClock } from "../support/fake_clock.ts";

const LEASE_MS = 3_000;
const away = () => new RuntimeError("storage-unavailable", "Away", { retryable: true });

async function setup() {
  const clock = new FakeClock(1_000);
  const renewals: number[] = [];
  const told: string[] = [];
  let lease: Lease = { until: 0, aheadMs: 0, drained: false, nodes: 1, leads: true };
  let answer: () => Promise<void> = () => Promise.resolve();
  const keeper = createLeaseKeeper({
    shared: {
      get lease() {
        return lease;
      },
      async renew() {
        renewals.push(clock.monotonic());
        const until = clock.monotonic() + LEASE_MS;
        await answer();
        return lease = { ...lease, until };
      },
    },
    clock,
    random: seededRandom(1),
    leaseMs: LEASE_MS,
    report: () => ({ running: 0, waiting: 0 }),
    renewed() {},
    changed: (held) => told.push(held ? "held" : "lapsed"),
    onFatal: (thrown) => told.push((thrown as RuntimeError).code),
  });
  await keeper.start();
  return {
    keeper,
    clock,
    renewals,
    told,
    commit: () => void (lease = { ...lease, until: clock.monotonic() + LEASE_MS }),
    answers: (next: () => Promise<void>) => void (answer = next),
    async advance(ms: number) {
      for (let gone = 0; gone < ms; gone += 10) {
        clock.advance(10);
        await new Promise((resolve) => void setImmediate(resolve));
      }
    },
  };
}

Deno.test("createLeaseKeeper() renews about every third of the lease, and holds it", async () => {
  const { keeper, renewals, told, advance } = await setup();
  await advance(9_000);
  assert.ok(renewals.length >= 9 && renewals.length <= 11, `${renewals}`);
  assert.deepEqual([keeper.held, told], [true, ["held"]]);
  keeper.stop();
});

Deno.test("createLeaseKeeper() tries again soon, lets go before the lease is over, and takes it up when it is renewed", async () => {
  const { keeper, renewals, told, answers, advance, clock } = await setup();
  answers(() => Promise.reject(away()));
  await advance(2_600);
  assert.ok(renewals.length >= 8, `${renewals}`);
  assert.equal(keeper.held, true);
  await advance(100);
  assert.deepEqual([keeper.held, told], [false, ["held", "lapsed"]]);
  assert.ok(keeper.startBefore <= clock.monotonic());
  answers(() => Promise.resolve());
  await advance(300);
  assert.deepEqual([keeper.held, told], [true, ["held", "lapsed", "held"]]);
  keeper.stop();
});

Deno.test("createLeaseKeeper() counts from before the renewal was sent, however late its answer comes", async () => {
  const { keeper, answers, advance, clock } = await setup();
  await advance(900);
  const late = Promise.withResolvers<void>();
  answers(() => late.promise);
  await advance(1_500);
  const sentAt = 1_000;
  late.resolve();
  await advance(10);
  assert.equal(keeper.held, true);
  assert.ok(keeper.startBefore < sentAt + LEASE_MS, `${keeper.startBefore}`);
  answers(() => Promise.reject(away()));
  await advance(sentAt + LEASE_MS * 0.9 - clock.monotonic() + 10);
  assert.equal(keeper.held, false);
  keeper.stop();
});

Deno.test("createLeaseKeeper() is held by commits as well", async () => {
  const { keeper, answers, advance, told, commit } = await setup();
  answers(() => Promise.reject(away()));
  for (let number = 0; number < 10; number++) {
    commit();
    await advance(1_000);
  }
  assert.deepEqual([keeper.held, told], [true, ["held"]]);
  keeper.stop();
});

Deno.test("createLeaseKeeper() lets go although its process was held up, before any timer has fired", async () => {
  const { keeper, clock, advance } = await setup();
  await advance(500);
  assert.equal(keeper.held, true);
  const before = clock.monotonic;
  clock.monotonic = () => before.call(clock) + 10_000;
  assert.equal(keeper.held, false);
  keeper.stop();
});

Deno.test("createLeaseKeeper() tells once that its life was ended, and renews no more", async () => {
  const { keeper, renewals, answers, told, advance, clock } = await setup();
  answers(() => Promise.reject(new RuntimeError("fenced", "Ended")));
  await advance(1_100);
  const tries = renewals.length;
  await advance(5_000);
  assert.equal(renewals.length, tries);
  assert.deepEqual(told, ["held", "fenced"]);
  assert.equal(keeper.held, false);
  assert.equal(clock.armed, 0);
});
