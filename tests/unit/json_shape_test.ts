import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { measureJson } from "../../routes/json_shape.ts";

const BOUNDLESS = { depth: Infinity, properties: Infinity, values: Infinity };

Deno.test("measureJson() finds depth, properties and values of any JSON, whatever its strings hold", () => {
  const text = fc.string({ unit: fc.constantFrom("[", "{", "]", "}", '"', "\\", ",", ":", "a") });
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, text, fc.array(tie("value")), fc.dictionary(text, tie("value"))),
  }));
  fc.assert(fc.property(value, (value) => {
    const { depth, properties, widest, values, empty } = measured(value);
    const json = JSON.stringify(value);
    assert.equal(measureJson(json, BOUNDLESS), properties);
    assert.equal(measureJson(json, { depth, properties: widest, values: values + empty }), properties);
    if (depth > 0) assert.equal(measureJson(json, { ...BOUNDLESS, depth: depth - 1 }), "depth");
    if (widest > 0) assert.equal(measureJson(json, { ...BOUNDLESS, properties: widest - 1 }), "properties");
    if (values > 1) assert.equal(measureJson(json, { ...BOUNDLESS, values: values - 1 }), "values");
  }));
});

Deno.test("measureJson() takes a string that never ends for the rest of the text", () => {
  const flat = { ...BOUNDLESS, depth: 1 };
  assert.equal(measureJson('["\\"[[[', flat), 0);
  assert.equal(measureJson('["[[[\\', flat), 0);
  assert.equal(measureJson('["\\\\"[[[', flat), "depth");
  assert.equal(measureJson("]]]:,[[", flat), "depth");
});

interface Measures {
  readonly depth: number;
  readonly properties: number;
  /** Properties of the object that has the most. */
  readonly widest: number;
  readonly values: number;
  /** Arrays and objects without anything in them. */
  readonly empty: number;
}

function measured(value: unknown): Measures {
  if (typeof value !== "object" || value === null) return { depth: 0, properties: 0, widest: 0, values: 1, empty: 0 };
  const parts = Object.values(value).map(measured);
  const own = Array.isArray(value) ? 0 : parts.length;
  const sum = (of: (part: Measures) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
    properties: own + sum(({ properties }) => properties),
    widest: Math.max(own, ...parts.map(({ widest }) => widest)),
    values: 1 + sum(({ values }) => values),
    empty: (parts.length === 0 ? 1 : 0) + sum(({ empty }) => empty),
  };
}
