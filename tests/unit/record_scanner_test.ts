import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { type Place, type RawRecord, RECORD_BYTES, RecordScanner } from "../../actors/csv/record_scanner.ts";
import { splitRecords } from "../../actors/csv/split_records.ts";
import { anyCsvStyle, anyField, cut, writeCsv } from "../support/csv_text.ts";

const BEGINNING: Place = { byteOffset: 0, line: 1 };
const anyCuts = fc.array(fc.nat(), { maxLength: 12 });
const anyTable = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.array(fc.array(anyField, { minLength: columns, maxLength: columns }), { maxLength: 12 })
);
const anyMess = fc.array(fc.constantFrom(...[',"\n\r\0aé'].flatMap((all) => [...all]), '""', "\r\n", '"\n', ',"'), {
  maxLength: 40,
  size: "max",
}).map((parts) => bytesOf(parts.join("")));

Deno.test("RecordScanner finds every record of any table, wherever the bytes are cut (S2-15)", () => {
  fc.assert(fc.property(anyTable, anyCsvStyle, anyCuts, (table, style, cuts) => {
    const file = writeCsv(table, style);
    const { records, end } = scan(cut(file, cuts));
    assert.deepEqual(fieldsOf(records), table);
    assert.equal(end.byteOffset, file.length);
  }));
});

Deno.test("RecordScanner reads on from the end of any record as if it had never stopped (S2-15)", () => {
  fc.assert(fc.property(anyTable, anyCsvStyle, anyCuts, (table, style, cuts) => {
    const file = writeCsv(table, style);
    const { records } = scan(cut(file, cuts));
    for (const [index, { end }] of records.entries()) {
      const rest = scan([file.subarray(end.byteOffset)], { from: end });
      assert.deepEqual(fieldsOf(rest.records), table.slice(index + 1));
      assert.deepEqual(placesOf(rest.records), placesOf(records.slice(index + 1)));
    }
  }));
});

Deno.test("RecordScanner finds the same records in any mess, wherever it is cut, and none overlap", () => {
  fc.assert(fc.property(anyMess, anyCuts, fc.boolean(), (file, cuts, quotes) => {
    const whole = scan([file], { quotes });
    const inPieces = scan(cut(file, cuts), { quotes });
    assert.deepEqual(inPieces, whole);
    let end = 0;
    for (const record of whole.records) {
      const begin = record.end.byteOffset - record.bytes.length;
      assert.ok(begin >= end && isBlankLines(file.subarray(end, begin)));
      assert.equal(record.line, 1 + count("\n", file.subarray(0, begin)));
      end = record.end.byteOffset;
    }
    assert.equal(whole.end.line, 1 + count("\n", file));
  }));
});

Deno.test("splitRecords() answers once for each record when they are a mess", () => {
  fc.assert(fc.property(anyMess, (file) => {
    const { records } = scan([file]);
    const alone = records.map((record) => splitRecords([record])[0]);
    assert.deepEqual(splitRecords(records), alone);
  }));
});

Deno.test("RecordScanner counts lines inside quoted fields when a field has some", () => {
  const { records } = scan([bytesOf('id,text\r\n1,"a\nb\r\nc"\r\n2,d\r\n')]);
  assert.deepEqual(records.map(({ line, end }) => [line, end.line]), [[1, 2], [2, 5], [5, 6]]);
});

Deno.test("RecordScanner leaves out blank lines when a file has some", () => {
  const { records, end } = scan([bytesOf("\n\r\na\n\n\nb\r\n\r\n\r")]);
  assert.deepEqual(records.map(({ line, bytes }) => [line, textOf(bytes)]), [[3, "a\n"], [6, "b\r\n"]]);
  assert.deepEqual(end, { byteOffset: 13, line: 8 });
});

Deno.test("RecordScanner ends a record at its line when a stray quote is inside a field", () => {
  const { records } = scan([bytesOf('1,5" pipe\n2,"a"b"\n3,c\n')]);
  assert.deepEqual(records.map(({ bytes }) => textOf(bytes)), ['1,5" pipe\n', '2,"a"b"\n', "3,c\n"]);
});

Deno.test("RecordScanner gives out the rest of the file when a quote is never closed", () => {
  const { records, end } = scan([bytesOf('1,a\n2,"b\n3,c\n')]);
  assert.deepEqual(records.map(({ line, bytes }) => [line, textOf(bytes)]), [[1, "1,a\n"], [2, '2,"b\n3,c\n']]);
  assert.deepEqual(end, { byteOffset: 13, line: 4 });
});

for (const [name, mark] of [["begins with a byte order mark", 3], ["has none", 0]] as const) {
  Deno.test(`RecordScanner passes over a record that is too large when the file ${name}`, () => {
    const head = mark === 0 ? "" : "\uFEFF";
    const long = `"${"x\n".repeat(RECORD_BYTES / 2)}\uFEFF${'""'.repeat(100)}\nend",1`;
    const file = bytesOf(`${head}${long}\n2,"b"\n`);
    const everyByteAtTheEnd = Array.from({ length: 250 }, (_, index) => file.length - index);
    const { records, end } = scan(
      cut(file, [...Array(35).keys().map((index) => index * 30_011), ...everyByteAtTheEnd]),
    );
    assert.deepEqual(records.map(({ line, tooLarge }) => [line, tooLarge]), [[1, true], [RECORD_BYTES / 2 + 3, false]]);
    assert.ok(records[0]!.bytes.length < 5_000);
    assert.equal(textOf(records[1]!.bytes), '2,"b"\n');
    assert.equal(end.byteOffset, file.length);
  });
}

Deno.test("RecordScanner gives out whole what is just not too large", () => {
  const line = `${"y".repeat(RECORD_BYTES - 1)}\n`;
  const { records } = scan(cut(bytesOf(line + `${"z".repeat(RECORD_BYTES)}\n`), [70_000, 1_048_570, 1_048_580]));
  assert.deepEqual(records.map(({ bytes, tooLarge }) => [bytes.length, tooLarge]), [[RECORD_BYTES, false], [
    4_096,
    true,
  ]]);
});

function scan(
  chunks: readonly Uint8Array[],
  { from = BEGINNING, quotes = true }: { from?: Place; quotes?: boolean } = {},
): { records: RawRecord[]; end: Place } {
  const scanner = new RecordScanner(from, { quotes });
  const records = chunks.flatMap((chunk) => scanner.push(chunk).records);
  const last = scanner.end();
  return { records: [...records, ...last.records], end: last.end };
}

function fieldsOf(records: readonly RawRecord[]): unknown[] {
  return splitRecords(records).map((split) => "fields" in split ? split.fields : split.fault);
}

function placesOf(records: readonly RawRecord[]): unknown[] {
  return records.map(({ line, end }) => ({ line, end }));
}

function isBlankLines(bytes: Uint8Array): boolean {
  return /^(\r?\n)*\r?$/.test(textOf(bytes));
}

function count(text: string, bytes: Uint8Array): number {
  return textOf(bytes).split(text).length - 1;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
