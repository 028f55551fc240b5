import assert from "node:assert/strict";
import { createTending, type Tended, type Tending } from "../../routes/tending.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Seen extends Tended {
  beats: number;
  cuts: number;
  isWaiting: boolean;
  isFull: boolean;
  writtenAt: number;
}

/** A stream that has been written to now, and takes each heartbeat at once. */
function tended(tend: Tending["tend"], clock: FakeClock): Seen {
  const seen: Seen = {
    principal: { tenant: "acme", subject: "ann", role: "viewer", expiresAt: Infinity },
    isWaiting: true,
    isFull: false,
    writtenAt: clock.monotonic(),
    beats: 0,
    cuts: 0,
    beat() {
      seen.beats++;
      seen.writtenAt = clock.monotonic();
    },
    cut() {
      seen.cuts++;
      leave();
    },
    finish: () => assert.fail("it is ended"),
  };
  const leave = tend(seen);
  return seen;
}

function setup(): { clock: FakeClock; tend: Tending["tend"] } {
  const clock = new FakeClock();
  return { clock, tend: createTending(clock).tend };
}

Deno.test("Tending beats 15 s after what was written last, with one timer for all", () => {
  const { clock, tend } = setup();
  const [one, other] = [tended(tend, clock), tended(tend, clock)];
  assert.equal(clock.armed, 1);
  clock.advance(10_000);
  one.writtenAt = clock.monotonic();
  clock.advance(4_999);
  assert.deepEqual([one.beats, other.beats], [0, 0]);
  clock.advance(1);
  assert.deepEqual([one.beats, other.beats], [0, 1]);
  clock.advance(9_999);
  assert.deepEqual([one.beats, other.beats], [0, 1]);
  clock.advance(1);
  assert.deepEqual([one.beats, other.beats], [1, 1]);
  clock.advance(20_000);
  assert.deepEqual([one.beats, other.beats], [2, 3]);
});

Deno.test("Tending beats to nobody who is being written to, and cuts who does not read for 30 s", () => {
  const { clock, tend } = setup();
  const [writing, full] = [tended(tend, clock), tended(tend, clock)];
  writing.isWaiting = false;
  Object.assign(full, { isWaiting: false, isFull: true });
  clock.advance(29_999);
  assert.equal(full.cuts, 0);
  clock.advance(1);
  assert.deepEqual([full.cuts, full.beats], [1, 0]);
  clock.advance(60_000);
  assert.deepEqual([writing.cuts, writing.beats, full.cuts], [0, 0, 1]);
});

Deno.test("Tending leaves no timer when the last stream has gone, by itself or cut", () => {
  const { clock, tend } = setup();
  const stalled = tended(tend, clock);
  Object.assign(stalled, { isWaiting: false, isFull: true });
  const leave = tend({ ...stalled });
  leave();
  leave();
  assert.equal(clock.armed, 1);
  clock.advance(30_000);
  assert.deepEqual([stalled.cuts, clock.armed], [1, 0]);
});

Deno.test("Tending spreads the heartbeats of many that were written to at once", () => {
  const { clock, tend } = setup();
  const all = Array.from({ length: 3_200 }, () => tended(tend, clock));
  const beaten = () => all.filter(({ beats }) => beats > 0).length;
  clock.advance(15_000);
  assert.equal(beaten(), 200);
  clock.advance(3_750);
  assert.equal(beaten(), 3_200);
  clock.advance(15_000);
  assert.deepEqual(new Set(all.map(({ beats }) => beats)), new Set([2]));
});
