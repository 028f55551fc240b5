import assert from "node:assert/strict";
import { batchWrite } from "../../runtime/batch/rows.ts";
import { KnownBatches } from "../../runtime/system/known_batches.ts";

const BEGUN = {
  id: "m1.children",
  name: "children",
  message: "m1",
  parentKind: "press",
  parentKey: "main",
  parentBatch: null,
  by: "ada",
  onAllDone: "ended",
  onAnyFailed: null,
  children: 2,
  sealed: 1,
  at: "1000",
};
const ONE = { id: "m1.children", total: 0, open: -1, succeeded: 1, failed: 0, cancelled: 0, firstFailure: null };
const begun = (more: Partial<Record<keyof typeof BEGUN, string | number | null>> = {}) =>
  batchWrite("begun", { ...BEGUN, ...more });
const counted = (more: Partial<Record<keyof typeof ONE, string | number | null>> = {}) =>
  batchWrite("counted", { ...ONE, ...more });

Deno.test("KnownBatches.note() answers the row of a batch when its last child has ended, and knows it no more", () => {
  const known = new KnownBatches();
  assert.equal(known.note("acme", begun()), "nothing");
  assert.equal(known.note("acme", counted()), "nothing");
  const last = known.note("acme", counted({ succeeded: 0, cancelled: 1 }));
  assert.ok(typeof last === "object");
  const { id, total, open, succeeded, cancelled, sealed, createdAt, parentKey } = last.over;
  assert.deepEqual({ id, total, open, succeeded, cancelled, sealed, createdAt, parentKey }, {
    id: "m1.children",
    total: 2,
    open: 0,
    succeeded: 1,
    cancelled: 1,
    sealed: 1,
    createdAt: 1_000,
    parentKey: "main",
  });
  assert.equal(known.note("acme", counted()), "unknown");
});

Deno.test("KnownBatches.note() takes batches of the same id for those of their tenants", () => {
  const known = new KnownBatches();
  known.note("acme", begun({ children: 1 }));
  assert.equal(known.note("globex", counted()), "unknown");
  assert.ok(typeof known.note("acme", counted()) === "object");
});

Deno.test("KnownBatches.note() leaves to a look what is not plain", async (t) => {
  const writes = {
    "a first failure": counted({ succeeded: 0, failed: 1, firstFailure: "{}" }),
    "a child that is back": counted({ open: 1, succeeded: -1 }),
    "a wish to cancel": batchWrite("cancelWished", { id: BEGUN.id, by: "ada" }),
    "more children": begun(),
  };
  for (const [what, write] of Object.entries(writes)) {
    await t.step(what, () => {
      const known = new KnownBatches();
      known.note("acme", begun());
      assert.equal(known.note("acme", write), "unknown");
      assert.deepEqual([known.note("acme", counted()), known.note("acme", counted())], ["unknown", "unknown"]);
    });
  }
  const beginnings = {
    "more may come": { sealed: 0 },
    "a batch below another": { parentBatch: "m0.children" },
    "no child": { children: 0 },
  };
  for (const [what, more] of Object.entries(beginnings)) {
    await t.step(what, () => {
      const known = new KnownBatches();
      assert.equal(known.note("acme", begun(more)), "unknown");
      assert.equal(known.note("acme", counted()), "unknown");
    });
  }
  await t.step("a message that seals", () => {
    assert.equal(new KnownBatches().note("acme", batchWrite("sealed", { message: "m1" })), "unknown");
  });
});

Deno.test("KnownBatches.note() knows a bounded number, of which one that does not end makes room", () => {
  const known = new KnownBatches();
  const noteAt = (index: number, at: number) => known.note("acme", begun({ id: `m${index}.children`, at: `${at}` }));
  const noted = Array.from({ length: 20_000 }, (_, index) => noteAt(index, index));
  assert.deepEqual([noted[0], noted.at(-1)], ["nothing", "unknown"]);
  assert.equal(noteAt(20_000, 600_000), "unknown");
  assert.equal(noteAt(20_001, 600_001), "nothing");
  assert.equal(known.note("acme", counted({ id: "m0.children" })), "unknown");
  assert.equal(known.note("acme", counted({ id: "m1.children" })), "nothing");
});
