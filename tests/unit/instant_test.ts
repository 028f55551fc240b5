import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { iso } from "../../routes/instant.ts";

Deno.test("iso() writes every instant as Date does, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => assert.equal(iso(date.getTime()), date.toISOString())),
  );
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 * 86_400_000 }), (ms) => {
    const at = Date.parse("2026-11-22T00:00:00.000Z") + ms;
    assert.equal(iso(at), new Date(at).toISOString());
  }));
});

Deno.test("iso() refuses what is no instant", () => {
  for (const at of [NaN, Infinity, 9e15]) assert.throws(() => iso(at), RangeError);
});
