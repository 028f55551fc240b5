import assert from "node:assert/strict";
import type { ChildFrame } from "../../runtime/host/child_protocol.ts";
import { ChildWatch } from "../../runtime/host/child_watch.ts";
import { heapMb, memoryBounds } from "../../runtime/host/memory_bounds.ts";
import { FakeClock } from "../support/fake_clock.ts";

const BOUNDS = { softBytes: 100, hardBytes: 200 };

function setup() {
  const clock = new FakeClock();
  const told: ChildFrame[] = [];
  const process = { heldBytes: 1_000, suspects: [] as number[] };
  new ChildWatch({
    clock,
    bounds: BOUNDS,
    suspects: () => process.suspects,
    heldBytes: () => process.heldBytes,
    tell: (frame) => told.push(frame),
  });
  return { clock, process, heard: () => told.splice(0) };
}

Deno.test("ChildWatch tells which turns may be executing when that has changed, and else nothing", () => {
  const { clock, process, heard } = setup();
  clock.advance(500);
  assert.deepEqual(heard(), []);
  process.suspects = [1, 2];
  clock.advance(500);
  assert.deepEqual(heard(), [{ frame: "suspects", turns: [1, 2] }]);
  process.suspects = [];
  clock.advance(100);
  assert.deepEqual(heard(), [{ frame: "suspects", turns: [] }]);
});

Deno.test("ChildWatch tells once a second that the process holds much beyond what it held in the beginning", () => {
  const { clock, process, heard } = setup();
  process.heldBytes = 1_099;
  clock.advance(1_000);
  assert.deepEqual(heard(), []);
  process.heldBytes = 1_100;
  clock.advance(2_000);
  assert.deepEqual(heard(), [{ frame: "heavy" }, { frame: "heavy" }]);
});

Deno.test("ChildWatch tells with its last words who may be executing while the process holds too much", () => {
  const { clock, process, heard } = setup();
  process.suspects = [7];
  process.heldBytes = 1_200;
  clock.advance(1_000);
  assert.deepEqual(heard(), [{ frame: "full", turns: [7] }]);
  assert.equal(clock.armed, 0);
});

Deno.test("memoryBounds() is soft before it is hard, and hard before a heap is full", () => {
  for (const share of [{ memoryMb: 64, workers: 1 }, { memoryMb: 512, workers: 7 }]) {
    const { softBytes, hardBytes } = memoryBounds(share);
    assert.ok(share.memoryMb < hardBytes / 2 ** 20 && softBytes < hardBytes && hardBytes < heapMb(share) * 2 ** 20);
  }
});
