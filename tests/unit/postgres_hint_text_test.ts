import assert from "node:assert/strict";
import { EVERYTHING, hintText, mergeHints, readHint } from "../../runtime/store/postgres/hint_text.ts";

Deno.test("mergeHints() says what both say, each thing once", () => {
  const lane = { tenant: "a", kind: "job" };
  const merged = mergeHints(
    { lanes: [lane], dueAt: 9, rows: ["a", null] },
    { lanes: [{ ...lane }, { tenant: "b", kind: "job" }], tenants: ["a"], dueAt: 5, wishes: true, rows: [null] },
  );
  assert.deepEqual(merged, {
    lanes: [lane, { tenant: "b", kind: "job" }],
    tenants: ["a"],
    wishes: true,
    dueAt: 5,
    rows: ["a", null],
  });
  assert.deepEqual(mergeHints({}, {}), {});
  assert.deepEqual(mergeHints({ all: true }, { control: true }), { all: true, control: true });
});

Deno.test("hintText() stays below what one notification may hold, counted in bytes", () => {
  const tenants = Array.from({ length: 700 }, (_, nth) => `é${nth}`);
  const text = hintText(7, { tenants });
  assert.ok(new TextEncoder().encode(text).length < 8_000);
  assert.deepEqual(readHint(text), { generation: 7, hint: tenants.length * 8 < 7_900 ? { tenants } : EVERYTHING });
  assert.deepEqual(
    readHint(hintText(7, { tenants: [...tenants, ...tenants.map((name) => `${name}-2`)] }))?.hint,
    EVERYTHING,
  );
});

Deno.test("readHint() makes nothing of what others notify", () => {
  for (const text of ["", "{}", "[1]", "null", '["1",{}]', "[1,null]", "[1,"]) assert.equal(readHint(text), null, text);
});
