import assert from "node:assert/strict";
import { WorkCells } from "../../runtime/host/cells.ts";

const place = { cell: 3, ticket: 7 };

Deno.test("WorkCells lets either the worker claim or the pool recall, never both", () => {
  const cells = new WorkCells();
  const worker = new WorkCells(cells.buffer);
  cells.post(place);
  assert.deepEqual([worker.claim(place), cells.recall(place), worker.claim(place)], [true, false, false]);
  const second = { cell: 3, ticket: 8 };
  cells.post(second);
  assert.deepEqual([cells.recall(second), worker.claim(second)], [true, false]);
});

Deno.test("WorkCells keeps a worker that comes late from what was posted in the cell since", () => {
  const cells = new WorkCells();
  cells.post(place);
  cells.recall(place);
  const next = { cell: place.cell, ticket: place.ticket + 1 };
  cells.post(next);
  assert.ok(!cells.claim(place));
  assert.ok(cells.claim(next));
});

Deno.test("WorkCells shows how far work is", () => {
  const cells = new WorkCells();
  cells.post(place);
  assert.deepEqual(cells.read(place), { step: "unclaimed" });
  cells.claim(place);
  assert.deepEqual(cells.read(place), { step: "between", ended: 0 });
  cells.begin(place.cell, 0, 1_700_000_000_123);
  assert.deepEqual(cells.read(place), {
    step: "running",
    index: 0,
    startedAt: 1_700_000_000_123,
    holdsLoop: true,
  });
  cells.wait(place.cell, 0);
  const waiting = { step: "running" as const, index: 0, startedAt: 1_700_000_000_123, holdsLoop: false };
  assert.deepEqual(cells.read(place), waiting);
  cells.end(place.cell, 0);
  assert.deepEqual(cells.read(place), { step: "between", ended: 1 });
  cells.begin(place.cell, 1, 5);
  assert.deepEqual(cells.read(place), { step: "running", index: 1, startedAt: 5, holdsLoop: true });
});

Deno.test("WorkCells does not touch other cells or the beat", () => {
  const cells = new WorkCells();
  const other = { cell: 4, ticket: 1 };
  cells.post(other);
  cells.post(place);
  cells.claim(place);
  cells.begin(place.cell, 9, 1);
  cells.beat();
  cells.beat();
  assert.deepEqual(cells.read(other), { step: "unclaimed" });
  assert.equal(cells.beats(), 2);
});
