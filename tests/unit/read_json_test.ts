import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { measureJson } from "../../routes/json_shape.ts";
import { Refusal } from "../../routes/problem.ts";
import { readJson } from "../../routes/read_json.ts";

function read(text: string): unknown {
  const properties = measureJson(text, { depth: Infinity, properties: Infinity, values: Infinity }) as number;
  return readJson({ text, properties });
}

function refusalOf(text: string): { status: number; pointer: string | undefined } {
  try {
    throw new assert.AssertionError({ message: `It was read as ${JSON.stringify(read(text))}` });
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { status: thrown.status, pointer: thrown.faults[0]?.pointer };
  }
}

const name = fc.oneof(fc.string(), fc.constantFrom("a", "~/", '"', "\n", "toString", "constructor", "0", "é", "😀"))
  .filter((text) => text !== "__proto__" && !text.includes("\\"));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1.5, 1e300),
    name,
    fc.array(tie("value")),
    fc.dictionary(name, tie("value")),
  ),
}));

Deno.test("readJson() reads any JSON as JSON.parse does, however it is escaped", () => {
  fc.assert(fc.property(value, fc.boolean(), (value, escaped) => {
    const json = JSON.stringify(value, null, 1);
    const text = escaped ? json.replace(/[^\x20-\x7e\n]/gu, (char) => JSON.stringify(char).slice(1, -1)) : json;
    assert.deepEqual(read(text), JSON.parse(json));
  }));
});

Deno.test("readJson() refuses a name that comes twice anywhere, and says where", () => {
  fc.assert(fc.property(value, fc.array(fc.oneof(name, fc.nat(3))), name, value, (beside, path, twice, held) => {
    const once = `${JSON.stringify(twice)}: ${JSON.stringify(held)}`;
    const again = `"${[...twice].map(escaped).join("")}" : ${JSON.stringify(held)}`;
    const inside = `{${once} , ${again}}`;
    const text = path.reduceRight<string>(
      (text, part) =>
        typeof part === "number"
          ? `[${`${JSON.stringify(beside)},`.repeat(part)}${text}]`
          : `{${JSON.stringify(part)}:${text}}`,
      inside,
    );
    const pointer = [...path, twice].map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`);
    assert.deepEqual(refusalOf(text), { status: 400, pointer: pointer.join("") });
  }));
});

const UNSOUND: readonly (readonly [text: string, pointer: string])[] = [
  ["1e999", ""],
  ["-1e999", ""],
  ['{"a":[0,1e400]}', "/a/1"],
  ['"\\ud800"', ""],
  ['{"a":"x\\uDC00y"}', "/a"],
  ['{"a":{"\\ud83d":1}}', "/a/\ud83d"],
  ['{"a":{"__proto__":{"b":1}}}', "/a/__proto__"],
  ['[{"\\u005f_proto__":1}]', "/0/__proto__"],
  ['{"C:\\\\":1}', "/C:\\"],
];

for (const [text, pointer] of UNSOUND) {
  Deno.test(`readJson() answers ${text} with 422 and its place`, () => {
    assert.deepEqual(refusalOf(text), { status: 422, pointer });
  });
}

Deno.test("readJson() never takes a name for that of an earlier text", () => {
  const spelt = '{"first":{},"\\u0062":{}}';
  assert.deepEqual(read(spelt), { first: {}, b: {} });
  for (let count = 0; count < 100; count++) refusalOf('{"first":{},"\\\\":{}}');
  const misread = JSON.stringify(JSON.parse(spelt)) !== '{"first":{},"b":{}}';
  if (misread) assert.deepEqual(refusalOf(spelt), { status: 422, pointer: "/\\" });
  else assert.deepEqual(read(spelt), { first: {}, b: {} });
});

Deno.test("readJson() takes whole characters, the names of prototypes as data, and the largest number", () => {
  const text =
    '{"constructor":{"prototype":{"a":1}},"toString":"\\ud83d\\ude00","a":1.7976931348623157e+308,"b":"__proto__"}';
  const value = read(text) as Record<string, unknown>;
  assert.equal(JSON.stringify(value), text.replace("\\ud83d\\ude00", "😀"));
  assert.equal(({} as Record<string, unknown>).a, undefined);
});

function escaped(char: string): string {
  return [...Array(char.length).keys()]
    .map((index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");
}
