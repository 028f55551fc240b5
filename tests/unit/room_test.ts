import assert from "node:assert/strict";
import { createRoom } from "../../runtime/mailbox/room.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Ends `perMs` turns each ms, with the room always taken whole. */
function run(
  room: ReturnType<typeof createRoom>,
  clock: FakeClock,
  { perMs, ms }: { perMs: number; ms: number },
): void {
  for (let gone = 0; gone < ms; gone++) {
    room.taken(Math.max(0, room.free));
    clock.advance(1);
    room.ended(perMs);
  }
}

Deno.test("createRoom() begins with the host's slots, and three quarters of them for one tenant", () => {
  const room = createRoom(new FakeClock(), 16);
  assert.deepEqual([room.free, room.share], [16, 12]);
  room.taken(10);
  assert.equal(room.free, 6);
  room.ended(10);
  assert.equal(room.free, 16);
});

Deno.test("createRoom() grows to what ends within 20 ms, at most 1,024, and shrinks back", () => {
  const clock = new FakeClock();
  const room = createRoom(clock, 16);
  run(room, clock, { perMs: 10, ms: 100 });
  assert.equal(room.share, 150);
  run(room, clock, { perMs: 500, ms: 100 });
  assert.equal(room.share, 768);
  room.ended(-room.free + 1_024);
  run(room, clock, { perMs: 0, ms: 60 });
  assert.equal(room.share, 12);
});

Deno.test("Room.resize() takes other slots of the host in", () => {
  const room = createRoom(new FakeClock(), 16);
  room.resize(64);
  assert.equal(room.free, 64);
});

Deno.test("createRoom() leaves one tenant at least one place", () => {
  assert.equal(createRoom(new FakeClock(), 1).share, 1);
});

Deno.test("Room.goes() is twice as many turns as there are tenants, so few that a round takes a second, one at a slow pace", () => {
  const clock = new FakeClock();
  const room = createRoom(clock, 4);
  assert.deepEqual([2, 1_000].map(room.goes), [1, 1]);
  run(room, clock, { perMs: 10, ms: 100 });
  assert.deepEqual([2, 20, 60, 100, 1_000, 100_000].map(room.goes), [4, 40, 120, 98, 9, 1]);
});
