import assert from "node:assert/strict";
import fc from "fast-check";
import { nestsDeeperThan } from "../../routes/json_depth.ts";

Deno.test("nestsDeeperThan() finds the depth of any JSON, whatever its strings hold", () => {
  const text = fc.string({ unit: fc.constantFrom("[", "{", "]", "}", '"', "\\", "a") });
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, text, fc.array(tie("value")), fc.dictionary(text, tie("value"))),
  }));
  fc.assert(fc.property(value, (value) => {
    const [depth, json] = [depthOf(value), JSON.stringify(value)];
    assert.ok(!nestsDeeperThan(depth, json));
    assert.ok(depth === 0 || nestsDeeperThan(depth - 1, json));
  }));
});

Deno.test("nestsDeeperThan() takes a string that never ends for the rest of the text", () => {
  assert.ok(!nestsDeeperThan(1, '["\\"[[['));
  assert.ok(!nestsDeeperThan(1, '["[[[\\'));
  assert.ok(nestsDeeperThan(1, '["\\\\"[[['));
});

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
