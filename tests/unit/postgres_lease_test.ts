import assert from "node:assert/strict";
import { LifeLease } from "../../runtime/store/postgres/lease.ts";
import { FakeClock } from "../support/fake_clock.ts";

const ROW = { drained: 0, nodes: 1, leader: 3 };

Deno.test("a lease ends, here, its length after the statement was sent, and no late answer shortens it", () => {
  const { clock, lease } = rig();
  const [first, second] = [lease.sending(), (clock.advance(100), lease.sending())];
  clock.advance(50);
  assert.equal(lease.told(second, { ...ROW, now: clock.now() }).until, 10_100);
  assert.equal(lease.told(first, { ...ROW, now: clock.now() }).until, 10_100);
});

Deno.test("the database's clock is ahead by as little as the answers allow, and stays so while they do", () => {
  const { clock, lease } = rig();
  const aheadOf = (ms: number, tripMs: number): number => {
    const sent = lease.sending();
    clock.advance(tripMs / 2);
    const now = clock.now() + ms;
    clock.advance(tripMs / 2);
    return lease.told(sent, { ...ROW, now }).aheadMs;
  };
  assert.equal(aheadOf(0, 10), 0);
  assert.equal(aheadOf(4, 10), 0);
  assert.equal(aheadOf(-5, 10), 0);
  assert.equal(aheadOf(1_000, 10), 995);
  assert.equal(aheadOf(1_000, 400), 995);
  assert.equal(aheadOf(1_000, 2), 999);
  assert.equal(aheadOf(-1_000, 10), -995);
  assert.equal(aheadOf(0, 10), -5);
});

Deno.test("the oldest life leads, and a node hears that it is drained", () => {
  const { lease } = rig();
  const told = (row: Partial<typeof ROW>) => lease.told(lease.sending(), { ...ROW, ...row, now: 0 });
  assert.deepEqual([told({}).leads, told({ leader: 2 }).leads], [true, false]);
  assert.deepEqual([told({}).drained, told({ drained: 1 }).drained], [false, true]);
});

function rig() {
  const clock = new FakeClock(0);
  return { clock, lease: new LifeLease({ clock, generation: 3, leaseMs: 10_000 }) };
}
