import assert from "node:assert/strict";
import type { Delivery } from "../../runtime/actor/outcome.ts";
import { WorkCells } from "../../runtime/host/cells.ts";
import { deliveryErrand } from "../../runtime/host/errand.ts";
import { WorkLoad } from "../../runtime/host/work_load.ts";
import { LATE_LOOK_MS, WATCH_PERIOD_MS, type WorkerSight, WorkerWatch } from "../../runtime/host/worker_watch.ts";

const STUCK_AFTER_MS = 500;

/** A load, and its worker's side of the cells. */
function setup() {
  const load = new WorkLoad();
  const worker = new WorkCells(load.cells.buffer);
  const watch = new WorkerWatch(load, STUCK_AFTER_MS);
  let now = 0;
  return {
    load,
    worker,
    watch,
    /** Posts a delivery and claims it. */
    take(turns: readonly number[], bounds = { timeoutMs: 1_000, attemptMs: 0 }): number {
      const place = load.add(deliveryErrand(delivery(turns, bounds)));
      worker.claim(place);
      return place.cell;
    },
    /** What the watch sees in the end when it looks in time while a silent `ms` pass. */
    pass(ms: number): WorkerSight {
      let sight: WorkerSight = "fine";
      for (const until = now + ms; now < until;) sight = watch.look(WATCH_PERIOD_MS, now += WATCH_PERIOD_MS);
      return sight;
    },
    now: () => now,
  };
}

Deno.test("WorkerWatch takes a worker for stuck when it is silent and the deadline of a running turn is over", () => {
  const { take, worker, pass } = setup();
  worker.begin(take([1]), 0, 0);
  assert.equal(pass(1_000), "fine");
  assert.equal(pass(100), "stuck");
});

Deno.test("WorkerWatch judges a turn that holds the loop by its own deadline, not by that of one that waits beside it", () => {
  const { take, worker, pass } = setup();
  const waiting = take([1], { timeoutMs: 600, attemptMs: 0 });
  worker.begin(waiting, 0, 0);
  worker.wait(waiting, 0);
  worker.begin(take([2], { timeoutMs: 2_000, attemptMs: 0 }), 0, 0);
  assert.equal(pass(1_900), "fine");
  assert.equal(pass(200), "stuck");
});

Deno.test("WorkerWatch does not judge a worker that gives signs of life, nor one that is silent for a moment", () => {
  const { take, worker, pass } = setup();
  worker.begin(take([1], { timeoutMs: 100, attemptMs: 0 }), 0, 0);
  for (let round = 0; round < 10; round++) {
    assert.equal(pass(STUCK_AFTER_MS - WATCH_PERIOD_MS), "fine");
    worker.beat();
  }
});

Deno.test("WorkerWatch counts a look that comes late for little silence", () => {
  const { take, worker, watch } = setup();
  worker.begin(take([1], { timeoutMs: 100, attemptMs: 0 }), 0, 0);
  for (let look = 1; look < STUCK_AFTER_MS / LATE_LOOK_MS; look++) {
    assert.equal(watch.look(60_000, look * 60_000), "fine");
  }
});

Deno.test("WorkerWatch counts a deadline from when the turn began, not from when its delivery came", () => {
  const { take, worker, pass, load } = setup();
  const cell = take([1, 2]);
  worker.begin(cell, 0, 0);
  pass(900);
  worker.end(cell, 0);
  worker.begin(cell, 1, 0);
  assert.equal(pass(900), "fine");
  assert.deepEqual(load.running().map(({ turn }) => turn), [2]);
  assert.equal(pass(200), "stuck");
});

Deno.test("WorkerWatch counts a deadline anew from the answer to a commit point, but never that of the attempt", () => {
  const { take, worker, pass, load, now } = setup();
  for (const cell of [take([1]), take([2], { timeoutMs: 1_000, attemptMs: 4_000 })]) {
    worker.begin(cell, 0, 0);
    worker.wait(cell, 0);
  }
  pass(500);
  for (const turn of [1, 2]) load.requested({ turn, request: 70 + turn, want: "commit-point" }, now());
  load.requested({ turn: 1, request: 80, want: "blob", id: "b", fromByte: 0 }, now());
  load.answered([{ request: 80, value: "" }], now());
  assert.equal(pass(2_000), "fine");
  load.answered([{ request: 71, value: "" }, { request: 99, value: "" }], now());
  assert.equal(pass(900), "fine");
  load.requested({ turn: 1, request: 90, want: "commit-point" }, now());
  assert.equal(pass(600), "fine");
  assert.equal(pass(100), "stuck");
});

Deno.test("WorkerWatch finds a stretch too long that began with the answer to a commit point", () => {
  const { take, worker, pass, load, now } = setup();
  worker.begin(take([1]), 0, 0);
  load.requested({ turn: 1, request: 7, want: "commit-point" }, now());
  assert.equal(pass(3_000), "fine");
  load.answered([{ request: 7, value: "" }], now());
  assert.equal(pass(900), "fine");
  assert.equal(pass(100), "stuck");
});

Deno.test("WorkerWatch counts silence anew when a turn that held the loop has ended", () => {
  const { take, worker, pass } = setup();
  const cell = take([1], { timeoutMs: 60_000, attemptMs: 0 });
  worker.begin(cell, 0, 0);
  assert.equal(pass(5_000), "fine");
  worker.end(cell, 0);
  assert.equal(pass(STUCK_AFTER_MS - WATCH_PERIOD_MS), "fine");
  assert.equal(pass(200), "stuck");
});

Deno.test("WorkerWatch takes a silent worker for stuck at once when no turn runs there", () => {
  const { take, worker, pass } = setup();
  const cell = take([1]);
  worker.begin(cell, 0, 0);
  worker.end(cell, 0);
  assert.equal(pass(STUCK_AFTER_MS), "stuck");
});

Deno.test("WorkLoad suspects the turn that holds the loop, and all that run when each has waited", () => {
  const { take, worker, load } = setup();
  const [one, two] = [take([1]), take([2, 3])];
  worker.begin(one, 0, 0);
  worker.wait(one, 0);
  worker.begin(two, 0, 0);
  assert.deepEqual(load.suspects(), [2]);
  worker.wait(two, 0);
  assert.deepEqual(load.suspects(), [1, 2]);
  worker.end(two, 0);
  assert.deepEqual(load.suspects(), [1]);
});

Deno.test("WorkLoad calls those suspects overdue whose deadline had passed", () => {
  const { load, take, worker, pass, now } = setup();
  for (const cell of [take([1], { timeoutMs: 100, attemptMs: 0 }), take([2])]) {
    worker.begin(cell, 0, 0);
    worker.wait(cell, 0);
  }
  assert.equal(pass(600), "stuck");
  assert.deepEqual(load.lose("hung", now()), [
    { turn: 1, started: true, culprit: false, overdue: true, verdict: "hung" },
    { turn: 2, started: true, culprit: false, verdict: "hung" },
  ]);
});

Deno.test("WorkLoad accuses nobody when its worker is retired", () => {
  const { take, worker, load } = setup();
  worker.begin(take([1, 2]), 0, 0);
  assert.deepEqual(
    load.lose("retired", 0),
    [1, 2].map((turn) => ({
      turn,
      started: false,
      culprit: false,
      verdict: "retired",
    })),
  );
});

Deno.test("WorkLoad has room for questions when deliveries have taken theirs", () => {
  const { load } = setup();
  let turn = 0;
  while (load.hasRoomForDelivery) {
    load.add(deliveryErrand(delivery([turn++], { timeoutMs: 1_000, attemptMs: 0 })));
  }
  assert.ok(turn >= 256);
  assert.ok(load.hasRoomForQuestion);
});

function delivery(turns: readonly number[], bounds: { timeoutMs: number; attemptMs: number }): Delivery {
  const mail = { messageId: "m", name: "add", version: 1, payload: "{}", by: "test", attempt: 1, ...bounds };
  const address = { tenant: "acme", kind: "counter", key: "one" };
  return { ...address, state: null, stateVersion: 1, envelopes: turns.map((turn) => ({ ...mail, turn })) };
}
