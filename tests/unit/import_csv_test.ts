import assert from "node:assert/strict";
import { runImport } from "../support/import_run.ts";

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

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
