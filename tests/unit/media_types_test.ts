import assert from "node:assert/strict";
import { accepts, essenceOf, isJson } from "../../routes/media_types.ts";

for (
  const type of [
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    'application/json; charset="UTF-8"; profile=x',
    "application/problem+json ; a=b",
    "application/json;",
  ]
) {
  Deno.test(`isJson() takes ${type}`, () => assert.ok(isJson(type)));
}

for (
  const type of [
    "",
    "text/plain",
    "application/jsonx",
    "application/json; charset=latin1",
    "application/json; charset=utf-8; Charset=utf-16",
    "application/json, text/plain",
    "application/json; charset",
    "text/json; charset=utf-8",
  ]
) {
  Deno.test(`isJson() refuses ${type || "nothing"}`, () => assert.ok(!isJson(type)));
}

Deno.test("essenceOf() is the type without its parameters, if its text is UTF-8", () => {
  assert.equal(essenceOf(" Text/CSV ; header=present"), "text/csv");
  assert.equal(essenceOf("text/csv; charset=windows-1252"), null);
});

const OFFERED = ["application/json", "text/csv"];
const RANGES: readonly (readonly [accept: string, taken: boolean])[] = [
  ["application/json", true],
  ["text/html, application/xhtml+xml, */*;q=0.8", true],
  ["text/*", true],
  ["application/xml;q=0.9, TEXT/CSV;q=0.1", true],
  ["application/json;version=1", true],
  ["", true],
  ["nonsense", true],
  ["text/html", false],
  ["image/*, text/html", false],
  ["application/json;q=0, text/csv; q=0.000, */*", false],
  ["text/*;q=0, text/csv", true],
  ["*/*;q=0", false],
];

for (const [accept, taken] of RANGES) {
  Deno.test(`accepts() ${taken ? "takes" : "refuses"} json and csv for ${JSON.stringify(accept)}`, () => {
    assert.equal(accepts(accept, OFFERED), taken);
  });
}
