import assert from "node:assert/strict";
import { ByteReader, type ByteSource } from "../../runtime/upstream/byte_reader.ts";

/** Says these, one at each read, and keeps what it was given to write them to. */
function saying(...words: readonly string[]): ByteSource & { readonly memory: ArrayBufferLike[] } {
  const left = words.map((word) => new TextEncoder().encode(word));
  const memory: ArrayBufferLike[] = [];
  return {
    memory,
    read(into) {
      const next = left.shift();
      if (next === undefined) return Promise.resolve(null);
      memory.push(into.buffer);
      into.set(next);
      return Promise.resolve(next.length);
    },
  };
}

Deno.test("ByteReader reads short answers of all connections through the same memory, and mixes none of them up", async () => {
  const [a, b] = [saying("one\nrest of a\n"), saying("two and longer\nrest of b\n")];
  const [first, second] = [new ByteReader(a), new ByteReader(b)];

  assert.equal(await first.line(), "one");
  assert.equal(await second.line(), "two and longer");

  assert.equal(a.memory[0], b.memory[0]);
  assert.equal(await first.line(), "rest of a");
  assert.equal(await second.line(), "rest of b");
});

Deno.test("ByteReader reads a long answer whose parts are still held through memory of its own", async () => {
  const long = "x".repeat(20_000);
  const [a, b] = [saying(long), saying("y".repeat(20_000))];
  const parts = new ByteReader(a).bytes(long.length);
  const { value: held } = await parts.next();

  const { value: other } = await new ByteReader(b).bytes(long.length).next();

  assert.notEqual(a.memory[0], b.memory[0]);
  assert.equal(new TextDecoder().decode(held), long);
  assert.equal(other?.length, long.length);
});
