import assert from "node:assert/strict";
import { tellLines } from "../../runtime/host/output_lines.ts";
import { FakeClock } from "../support/fake_clock.ts";

async function linesOf(chunks: readonly (string | readonly number[])[]): Promise<string[]> {
  const bytes = chunks.map((chunk) =>
    typeof chunk === "string" ? new TextEncoder().encode(chunk) : new Uint8Array(chunk)
  );
  const lines: string[] = [];
  await tellLines(ReadableStream.from(bytes), { clock: new FakeClock(), tell: (line) => lines.push(line) });
  return lines;
}

Deno.test("tellLines() puts lines together and tells the last one without its end", async () => {
  assert.deepEqual(await linesOf(["on", "e\ntwo\n\nth", "ree"]), ["one", "two", "", "three"]);
});

Deno.test("tellLines() cuts long lines, also those that never end", async () => {
  const lines = await linesOf(["x".repeat(1_500), "y".repeat(1_500), "z\nnext\n"]);
  assert.deepEqual(lines.map(({ length }) => length), [2_000, 4]);
});

Deno.test("tellLines() replaces what is not UTF-8", async () => {
  assert.deepEqual(await linesOf([[0xff, 0x61, 10]]), ["\ufffda"]);
});

Deno.test("tellLines() leaves out what comes too fast", async () => {
  assert.equal((await linesOf(["line\n".repeat(5_000)])).length, 200);
});
