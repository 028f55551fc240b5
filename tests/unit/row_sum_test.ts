import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "../support/properties.ts";
import type { MovedValue } from "../../runtime/store/move/contract.ts";
import { createRowSum } from "../../runtime/store/move/row_sum.ts";

const digest = (rows: readonly (readonly MovedValue[])[]) => {
  const sum = createRowSum();
  for (const row of rows) sum.add(row);
  return sum.digest;
};

const value: fc.Arbitrary<MovedValue> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.constantFrom(null, "", "null", "0", 0, '{"bytes":1}'),
  fc.uint8Array({ maxLength: 3 }),
);
const row = fc.array(value, { minLength: 2, maxLength: 2 });

Deno.test("RowSum.digest is the same for the same rows in any order, and another for others", () => {
  const shape = (rows: readonly (readonly MovedValue[])[]) =>
    rows.map((row) => JSON.stringify(row.map((each) => each instanceof Uint8Array ? [`${each}`] : each))).sort().join();
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), fc.array(row, { maxLength: 4 }), (rows, others) => {
      assert.equal(digest(rows), digest(rows.toReversed()));
      assert.equal(digest(rows) === digest(others), shape(rows) === shape(others));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("RowSum.digest tells rows apart that differ in a type, a column's end or a repetition", () => {
  const all: (readonly MovedValue[])[][] = [
    [["1"]],
    [[1]],
    [[null]],
    [["a", "b"]],
    [["ab", ""]],
    [[Uint8Array.of(1), Uint8Array.of(2)]],
    [[Uint8Array.of(1, 2), new Uint8Array()]],
    [[1], [1]],
    [],
  ];
  assert.equal(new Set(all.map(digest)).size, all.length);
});

Deno.test("RowSum.digest is that of the bytes, whatever class the driver answers them in", () => {
  assert.equal(digest([[Buffer.from([1, 2, 3])]]), digest([[Uint8Array.of(1, 2, 3)]]));
});
