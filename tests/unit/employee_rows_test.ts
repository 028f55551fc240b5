import assert from "node:assert/strict";
import { judgeNumbers, readRows } from "../../actors/employee_upload/judge_rows.ts";
import { multipartFile } from "../../routes/multipart_file.ts";
import fc from "../support/properties.ts";

const HEADER = ["employee_number", "name", "email", "start_date"];
const row = (line: number, number: string) => ({
  line,
  text: `${number},Ada,ada@example.com,2026-01-31`,
  fault: null,
});

Deno.test("judgeNumbers() rejects what a later upload or an earlier line has told", () => {
  const { read } = readRows([row(9, "A"), row(10, "B"), row(11, "C"), row(12, "D"), row(13, "D")], HEADER);
  const known = [
    { number: "A", uploadId: "other", position: "3", line: 2 },
    { number: "B", uploadId: "other", position: "1", line: 2 },
    { number: "C", uploadId: "own", position: "2", line: 4 },
  ];
  const { employees, rejects } = judgeNumbers(read, { known, upload: { id: "own", position: "2" } });
  assert.deepEqual(employees.map(({ number, line }) => [number, line]), [["B", 10], ["D", 12]]);
  assert.deepEqual(rejects.map(({ line, reason }) => [line, reason]), [
    [9, "a later upload has told of this employee already"],
    [11, "the employee number is on line 4 already"],
    [13, "the employee number is on line 12 already"],
  ]);
});

Deno.test("multipartFile() gives the file of a form, wherever the bytes are cut", async () => {
  const anyFile = fc.array(fc.constantFrom("\r\n", "--", "x", "\r", "\n", "-", "--x", "a"), { maxLength: 30 });
  await fc.assert(fc.asyncProperty(anyFile, fc.integer({ min: 1, max: 40 }), async (parts, size) => {
    const file = parts.join("").replaceAll("\r\n--x", "");
    const head = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv';
    const note = 'Content-Disposition: form-data; name="note"';
    const body = `--xyz\r\n${note}\r\n\r\nfirst\r\n--xyz\r\n${head}\r\n\r\n${file}\r\n--xyz--\r\n`;
    const bytes = new TextEncoder().encode(body);
    const cut = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    const found = await Array.fromAsync(multipartFile(cut(), "multipart/form-data; boundary=xyz"));
    assert.equal(new TextDecoder().decode(await new Blob(found as Uint8Array<ArrayBuffer>[]).bytes()), file);
  }));
});
