import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { importJob } from "../../actors/import/import_job.ts";
import { testActor } from "../../runtime/authoring.ts";
import { runImport } from "../support/import_run.ts";

const LINES: readonly [name: string, file: string, keys: readonly string[], rejects: readonly string[]][] = [
  ["is empty", "", [], []],
  ["has CRLF, blank lines and no last break", '\uFEFF{"id":"1"}\r\n\n{"id":"2"}', ["1", "2"], []],
  ["has keys that are numbers", '{"id":1}\n{"id":-2}\n', ["1", "-2"], []],
  ["has a key that is not exact", '{"id":12345678901234567890}\n{"id":1.5}\n{"id":"3"}\n', ["3"], [
    "1: the key is a number that is not exact: write it as a text",
    "2: the key is a number that is not exact: write it as a text",
  ]],
  ["has a key of another type", '{"id":"1"}\n{"id":null}\n{"id":{}}\n{"no":1}\n', ["1"], [
    "2: the key is missing",
    "3: the key is missing",
    "4: the key is missing",
  ]],
  ["has half a character for a key", '{"id":"\\ud800"}\n', [], ["1: the key has characters that no text should have"]],
  ["has lines that are no objects", '[1]\n"a"\nnull\n{"id":"1"\n{"id":"1"}\n   \n', ["1"], [
    "1: the line is not a JSON object",
    "2: the line is not a JSON object",
    "3: the line is not a JSON object",
    "4: the line is not a JSON object",
    "6: the line is not a JSON object",
  ]],
  ["begins with an object without properties", '{}\n{"id":"1"}\n', ["1"], ["1: the key is missing"]],
  ["has no own property of the key's name", '{"constructor":"1"}\n{"a":1}\n', ["1"], ["2: the key is missing"]],
  ["has the property __proto__", '{"__proto__":"1"}\n{"id":"2"}\n', ["1"], ["2: the key is missing"]],
  ["has a text that ends with a comma", '{"id":"1","a":"x,"}\n{"id":"2"}\n', ["1", "2"], []],
  ["has a quote in a text", '{"id":"a\\"b"}\n{"id":"2"}\n', ['a"b', "2"], []],
  ["is nested deeply", `{"id":"1","a":${"[".repeat(9_000)}${"]".repeat(9_000)}}\n`, ["1"], []],
];

for (const [name, file, keys, rejects] of LINES) {
  Deno.test(`an import of NDJSON takes what is good when the file ${name}`, async () => {
    const imported = await runImport({ format: "ndjson" }, { file: bytesOf(file), chunkBytes: 5 });
    assert.equal(imported.ending.end, "done");
    assert.deepEqual([...imported.rows.keys()], keys);
    assert.deepEqual([...imported.rejects].map(([line, { reason }]) => `${line}: ${reason}`), rejects);
  });
}

Deno.test("an import of NDJSON keeps each line as it was written", async () => {
  const line = '{ "id":"1", "big": 12345678901234567890, "small": 1e-400 }';
  const turn = await testActor(importJob).when("run", { dataset: "d", format: "ndjson", content: ` ${line}\t\r\n` });
  assert.equal(turn.rows[0]!.args.data, line);
});

Deno.test("an import of NDJSON rejects a line that is too long", async () => {
  const file = bytesOf(`{"id":"1","a":"${"x".repeat(70_000)}"}\n{"id":"${"y".repeat(1_200_000)}"}\n{"id":"3"}\n`);
  const { rows, rejects } = await runImport({ format: "ndjson", key: "id" }, { file });
  assert.deepEqual([...rows.keys()], ["3"]);
  assert.deepEqual([...rejects.keys()], [1, 2]);
});

Deno.test("an import of NDJSON that dies at any commit points applies every line once (S2-15)", async () => {
  const anyDeath = fc.record({ atCommitPoint: fc.integer({ min: 1, max: 3 }), lost: fc.boolean() });
  const anyObjects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(anyObjects, fc.array(anyDeath, { maxLength: 5 }), async (some, deaths) => {
      const objects = Array.from({ length: 3_000 }, (_, index) => ({ ...some[index % some.length], key: `k${index}` }));
      const file = bytesOf(objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
      const { rows, rejects } = await runImport({ format: "ndjson", key: "key" }, { file, deaths, chunkBytes: 9_001 });
      assert.deepEqual([...rows.values()].map(({ data }) => data), objects.map((object) => roundTrip(object)));
      assert.ok([...rows.values()].every(({ revision }) => revision === 1));
      assert.equal(rejects.size, 0);
    }),
    { numRuns: 10 },
  );
});

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
