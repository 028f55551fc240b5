import assert from "node:assert/strict";
import fc from "../support/properties.ts";
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
    { numRuns: 12 },
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
