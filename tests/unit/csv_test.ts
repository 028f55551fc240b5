import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import fc from "../support/properties.ts";
import { toCsv } from "../../actors/rendering/csv.ts";
import { anyField } from "../support/csv_text.ts";

const STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"];

Deno.test("toCsv() lets no text begin like a formula, and leaves numbers as they are (P28)", () => {
  for (const start of STARTS) {
    const [[cell, number]] = parse(toCsv([[`${start}1+1`, -1]])) as [[string, string]];
    assert.deepEqual([cell, number], [`'${start}1+1`, "-1"]);
  }
});

Deno.test("toCsv() gives texts that read back as they were, but for the apostrophe of a formula", () => {
  fc.assert(fc.property(fc.array(fc.array(anyField, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
    const expected = rows.map((cells) =>
      cells.map((cell) => STARTS.some((start) => cell.startsWith(start)) ? `'${cell}` : cell)
    );
    assert.deepEqual(parse(toCsv(rows), { record_delimiter: "\r\n" }), expected);
  }));
});
