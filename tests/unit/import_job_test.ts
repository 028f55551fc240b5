import assert from "node:assert/strict";
import fc from "fast-check";
import { importJob } from "../../actors/import/import_job.ts";
import { testActor, type TestedTurn } from "../../runtime/authoring.ts";
import { anyCsvStyle, anyField, type CsvStyle, writeCsv } from "../support/csv_text.ts";
import { type Imported, runImport } from "../support/import_run.ts";

const STYLE: CsvStyle = { lineBreak: "\n", endsWithBreak: true, mark: false, quoteAll: false };

Deno.test("an import upserts good rows by their key and lists bad ones with the reason (S2-15)", async () => {
  const turn = await importCsv('id,name\n1,Ada\n,nobody\n2,"Grace, Hopper"\n3\n4,x,y\n');

  assert.deepEqual(turn.result, {
    dataset: "people",
    accepted: 2,
    rejected: 3,
    rows: 5,
    bytes: 48,
    rejects: [
      { line: 3, reason: "the key is empty" },
      { line: 5, reason: "1 column, but the header has 2" },
      { line: 6, reason: "3 columns, but the header has 2" },
    ],
  });
  assert.deepEqual(turn.rows.map(({ write, args }) => [write, args]), [
    ["imported", { dataset: "people", key: "1", data: '{"id":"1","name":"Ada"}', jobId: "one", line: 2, updatedAt: 7 }],
    ["rejected", { jobId: "one", line: 3, reason: "the key is empty", raw: ",nobody", rejectedAt: 7 }],
    [
      "imported",
      { dataset: "people", key: "2", data: '{"id":"2","name":"Grace, Hopper"}', jobId: "one", line: 4, updatedAt: 7 },
    ],
    ["rejected", { jobId: "one", line: 5, reason: "1 column, but the header has 2", raw: "3", rejectedAt: 7 }],
    ["rejected", { jobId: "one", line: 6, reason: "3 columns, but the header has 2", raw: "4,x,y", rejectedAt: 7 }],
  ]);
});

Deno.test("an import of any table in any style holds every field exactly (S2-15)", async () => {
  const anyTable = fc.integer({ min: 1, max: 4 }).chain((columns) =>
    fc.array(fc.array(anyField, { minLength: columns, maxLength: columns }), { maxLength: 8 })
  );
  await fc.assert(
    fc.asyncProperty(anyTable, anyCsvStyle, fc.integer({ min: 1, max: 40 }), async (table, style, size) => {
      const columns = table[0]?.length ?? 1;
      const header = ["key", ...Array.from({ length: columns }, (_, place) => `c${place}`)];
      const rows = table.map((fields, index) => [`k${index}`, ...fields]);
      const { rows: imported, rejects } = await runImport({}, {
        file: writeCsv([header, ...rows], style),
        chunkBytes: size,
      });
      assert.deepEqual([...imported.values()].map(({ data }) => data), rows.map((row) => objectOf(header, row)));
      assert.equal(rejects.size, 0);
    }),
  );
});

Deno.test("an import that dies at any commit points applies every row once (S2-15)", async () => {
  const anyDeath = fc.record({ atCommitPoint: fc.integer({ min: 1, max: 3 }), lost: fc.boolean() });
  const anyRows = fc.array(fc.array(anyField, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(anyRows, anyCsvStyle, fc.array(anyDeath, { maxLength: 5 }), async (some, style, deaths) => {
      const file = writeCsv(manyRows(some, 3_500), style);
      const undisturbed = await runImport({}, { file });
      const resumed = await runImport({}, { file, deaths, chunkBytes: 5_003 });
      assert.deepEqual(withoutStates(resumed), withoutStates(undisturbed));
      assert.ok([...resumed.rows.values()].every(({ revision }) => revision === 1));
      assert.equal(resumed.result!.rows, 3_500);
    }),
    { numRuns: 25 },
  );
});

Deno.test("an import's commit points stand at the beginning of a record", async () => {
  const file = writeCsv(manyRows([["é", "a\nb"], ["", "x"]], 4_200), { ...STYLE, mark: true });
  const { states } = await runImport({}, { file });
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  assert.deepEqual(states.map(({ accepted, rejected }) => accepted + rejected), [1_000, 2_000, 3_000, 4_000]);
  for (const { byteOffset, line, accepted, rejected } of states) {
    assert.match(text.decode(file.subarray(byteOffset)), new RegExp(`^k${accepted + rejected},`));
    assert.equal(line, text.decode(file.subarray(0, byteOffset)).split("\n").length);
  }
});

Deno.test("an import commits early when its rows are large", async () => {
  const quotes = '"'.repeat(15_000);
  const file = writeCsv(manyRows([[quotes, quotes]], 40), STYLE);
  const { result, states } = await runImport({}, { file });
  assert.equal(result!.accepted, 40);
  assert.ok(states.length >= 8);
});

Deno.test("an import tells how far it is and ends without a state", async () => {
  const turn = await testActor(importJob).blob("b1", writeCsv(manyRows([["a"]], 2_100), STYLE))
    .when("run", { dataset: "people", blob: "b1" });
  assert.equal(turn.commitPoints, 2);
  assert.deepEqual(turn.progress.map(({ note }) => note), [
    "1000 rows imported, 0 rejected",
    "2000 rows imported, 0 rejected",
    "2100 rows imported, 0 rejected",
  ]);
  assert.deepEqual(turn.lines.map(({ message }) => message), ["import started", "import finished"]);
  assert.deepEqual(turn.state, importJob.initial);
});

Deno.test("an import that goes on says from where", async () => {
  const state = {
    ...importJob.initial,
    byteOffset: 7,
    line: 2,
    header: ["id", "x"],
    key: "id",
    accepted: 4,
    rejects: [],
  };
  const turn = await testActor(importJob).given(state).when("run", { dataset: "people", content: "id,long\n5,b\n" });
  assert.equal(turn.lines[0]!.message, "import resumed");
  assert.deepEqual(turn.lines[0]!.fields, { dataset: "people", format: "csv", byteOffset: 7, line: 2 });
});

Deno.test("an import stops at its next commit point when its signal aborts", async () => {
  const stopping = runImport({}, { file: writeCsv(manyRows([["a"]], 3_000), STYLE), abortAtCommitPoint: 2 });
  const { ending, states } = await stopping;
  assert.equal(ending.end, "failed");
  assert.equal(states.length, 2);
});

const FILES: readonly [name: string, file: string, keys: readonly string[], rejects: readonly string[]][] = [
  ["is empty", "", [], []],
  ["is only a byte order mark", "\uFEFF", [], []],
  ["is blank lines only", "\r\n\n\r\n", [], []],
  ["has only a header", "id,name\r\n", [], []],
  ["has only a header without a line break", "id,name", [], []],
  ["begins with a byte order mark and a quote", '\uFEFF"id","name"\n"1","a"\n', ["1"], []],
  ["mixes CRLF and LF", "id,name\r\n1,a\n2,b\r\n3,c", ["1", "2", "3"], []],
  ["has blank lines between records", "id\n\n1\n\r\n2\n\n", ["1", "2"], []],
  ["has quoted line breaks", 'id,name\r\n1,"a\r\nb"\r\n2,c\r\n', ["1", "2"], []],
  ["has a quote that is never closed", 'id,name\n1,a\n2,"b\n3,c\n', ["1"], ["3: a quote is never closed"]],
  ["has text behind a closing quote", 'id,name\n1,"a"b\n2,c\n', ["2"], ["2: text follows a closing quote"]],
  ["has a stray quote", 'id,name\n1,5" pipe\n2,c\n', ["2"], ["2: a quote stands inside a field that is not quoted"]],
  ["has a trailing comma in every line", "id,name,\n1,a,\n", ["1"], []],
  ["has the columns __proto__ and constructor", "id,__proto__,constructor\n1,a,b\n", ["1"], []],
  ["has a key of blanks only", "id,name\n  ,a\n", [], ["2: the key is empty"]],
  ["has a key with a NUL", "id,name\na\0b,a\n", [], ["2: the key has characters that no text should have"]],
  ["has a key that is too long", `id,name\n${"k".repeat(501)},a\n`, [], ["2: the key is longer than 500 characters"]],
  ["has the same key twice", "id,name\n1,a\n1,b\n", ["1"], []],
];

for (const [name, file, keys, rejects] of FILES) {
  Deno.test(`an import of CSV takes what is good when the file ${name}`, async () => {
    const imported = await runImport({}, { file: bytesOf(file), chunkBytes: 3 });
    assert.equal(imported.ending.end, "done");
    assert.deepEqual([...imported.rows.keys()], keys);
    assert.deepEqual([...imported.rejects].map(([line, { reason }]) => `${line}: ${reason}`), rejects);
    assert.equal(imported.result!.bytes, bytesOf(file).length);
  });
}

const HEADERS: readonly [name: string, file: string, message: RegExp][] = [
  ["names a column twice", "id,name,id\n1,a,2\n", /names "id" twice/],
  ["has an unclosed quote", 'id,"name\n1,a\n', /cannot be read: a quote is never closed/],
  ["lacks the key", "no,name\n1,a\n", /"id" is not a column; the header has "no", "name"/],
  ["is longer than 64 KiB", `id,${"x".repeat(70_000)}\n1,a\n`, /longer than 65536/],
];

for (const [name, file, message] of HEADERS) {
  Deno.test(`an import fails for good when the header ${name}`, async () => {
    const { ending, rows } = await runImport({ key: "id" }, { file: bytesOf(file) });
    assert.ok(ending.end === "failed");
    assert.equal(ending.error.retryable, false);
    assert.match(ending.error.message, message);
    assert.equal(rows.size, 0);
  });
}

Deno.test("an import keeps a column named __proto__ as data", async () => {
  const { rows } = await runImport({}, { file: bytesOf("id,__proto__\n1,a\n") });
  assert.equal(JSON.stringify(rows.get("1")!.data), '{"id":"1","__proto__":"a"}');
});

Deno.test("an import takes another column as the key when asked for", async () => {
  const { rows } = await runImport({ key: "mail" }, { file: bytesOf("id,mail\n1,a@x\n2,b@x\n") });
  assert.deepEqual([...rows.keys()], ["a@x", "b@x"]);
});

Deno.test("an import rejects a row that is not UTF-8, and only that", async () => {
  const file = new Uint8Array([...bytesOf("id,name\n1,é\n2,"), 0xe9, ...bytesOf("\n3,𝒳\n")]);
  const { rows, rejects } = await runImport({}, { file });
  assert.deepEqual([...rows.keys()], ["1", "3"]);
  assert.deepEqual(rejects.get(3), { reason: "the record is not valid UTF-8", raw: "2,\uFFFD" });
});

Deno.test("an import rejects a row that is too large and keeps its beginning", async () => {
  const { rows, rejects } = await runImport({}, {
    file: bytesOf(`id,name\n1,${"x".repeat(70_000)}\n2,a\n3,"${"y\n".repeat(600_000)}"\n4,b\n`),
  });
  assert.deepEqual([...rows].map(([key, { line }]) => [key, line]), [["2", 3], ["4", 600_005]]);
  assert.deepEqual([...rejects].map(([line, { reason, raw }]) => [line, reason, raw.length]), [
    [2, "the row is larger than 65536 characters", 500],
    [4, "the record is larger than 1 MiB; perhaps a quote is never closed", 500],
  ]);
});

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

const PAYLOADS: readonly [fits: boolean, payload: unknown][] = [
  [true, { dataset: "people", content: "" }],
  [true, { dataset: "a_b-C9", blob: "b1", key: "id", format: "ndjson" }],
  [false, { dataset: "people" }],
  [false, { dataset: "people", content: "a", blob: "b" }],
  [false, { dataset: "people", content: "a", extra: 1 }],
  [false, { dataset: "", content: "a" }],
  [false, { dataset: "a".repeat(101), content: "a" }],
  [false, { dataset: "../people", content: "a" }],
  [false, { dataset: "people", content: "a", format: "xml" }],
  [false, { dataset: "people", content: "a".repeat(200 * 1024 + 1) }],
  [false, { dataset: "people", content: "\ud800" }],
  [false, { dataset: "people", content: "a", key: "" }],
];

for (const [fits, payload] of PAYLOADS) {
  const shown = JSON.stringify(payload).slice(0, 70);
  Deno.test(`an import's payload is ${fits ? "taken" : "refused"} when it is ${shown}`, () => {
    assert.equal(importJob.messages.run.safeParse(payload).success, fits);
  });
}

Deno.test("an import's rejects can be read as CSV without formulas", () => {
  const rejects = [{ line: 2, reason: '=cmd|"x"' }, { line: 5, reason: "plain" }];
  const result = { dataset: "d", accepted: 0, rejected: 2, rows: 2, bytes: 9, rejects };
  assert.equal(importJob.renderings.csv!.render(result), 'line,reason\r\n2,"\'=cmd|""x"""\r\n5,plain\r\n');
});

function importCsv(content: string): Promise<TestedTurn<object>> {
  return testActor(importJob).at(7).when("run", { dataset: "people", content });
}

/** A header and `count` rows with keys of their own; every seventh row lacks a column. */
function manyRows(some: readonly (readonly string[])[], count: number): string[][] {
  const header = ["key", ...some[0]!.map((_, place) => `c${place}`)];
  const rows = Array.from({ length: count }, (_, index) => {
    const row = [`k${index}`, ...some[index % some.length]!];
    return index % 7 === 6 && some.length > 1 ? row.slice(0, -1) : row;
  });
  return [header, ...rows];
}

function withoutStates({ states: _, ...imported }: Imported): Omit<Imported, "states"> {
  return imported;
}

function objectOf(names: readonly string[], values: readonly string[]): object {
  return Object.fromEntries(names.map((name, place) => [name, values[place]]));
}

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
