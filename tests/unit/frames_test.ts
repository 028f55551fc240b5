import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { FrameBuffer, FrameDecoder, MAX_FRAME_BYTES } from "../../runtime/host/frames.ts";

const frames = fc.array(fc.jsonValue(), { maxLength: 20 });

Deno.test("FrameDecoder gives back what was encoded, however the bytes are cut", () => {
  fc.assert(fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (values, sizes) => {
    const decoder = new FrameDecoder<unknown>();
    const decoded = [...cut(joined(values), sizes)].flatMap((chunk) => decoder.push(chunk));
    assert.equal(JSON.stringify(decoded), JSON.stringify(values));
  }));
});

Deno.test("FrameDecoder holds an unfinished frame back", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.nat(), (value, at) => {
    const bytes = encodeFrame(value);
    const split = 1 + at % (bytes.length - 1);
    const decoder = new FrameDecoder<unknown>();
    assert.deepEqual(decoder.push(bytes.subarray(0, split)), []);
    assert.equal(JSON.stringify(decoder.push(bytes.subarray(split))), JSON.stringify([value]));
  }));
});

Deno.test("FrameDecoder does not keep bytes of the chunk it was given", () => {
  const decoder = new FrameDecoder<string>();
  const bytes = encodeFrame("kept");
  const chunk = bytes.slice(0, 6);
  decoder.push(chunk);
  chunk.fill(0);
  assert.deepEqual(decoder.push(bytes.subarray(6)), ["kept"]);
});

Deno.test("FrameDecoder carries a frame of the largest size through chunks of a socket", () => {
  const value = "x".repeat(MAX_FRAME_BYTES - 2);
  const bytes = encodeFrame(value);
  const decoder = new FrameDecoder<string>();
  const sizes = { next: () => ({ value: 64 * 1024, done: false as const }) };
  const decoded = [...cut(bytes, sizes)].flatMap((chunk) => decoder.push(chunk));
  assert.deepEqual(decoded.map((text) => text.length), [value.length]);
});

Deno.test("FrameBuffer and FrameDecoder refuse a frame above the limit", () => {
  const refusal = { code: "too-large", message: new RegExp(`above the limit of ${MAX_FRAME_BYTES}`) };
  assert.throws(() => encodeFrame("x".repeat(MAX_FRAME_BYTES)), refusal);
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, MAX_FRAME_BYTES + 1);
  assert.throws(() => new FrameDecoder().push(header), refusal);
});

Deno.test("FrameDecoder refuses what is not UTF-8 JSON", () => {
  const frame = (...bytes: number[]) => new Uint8Array([0, 0, 0, bytes.length, ...bytes]);
  assert.throws(() => new FrameDecoder().push(frame(0xff, 0xfe)), TypeError);
  assert.throws(() => new FrameDecoder().push(frame(0x7b)), SyntaxError);
});

function joined(values: readonly unknown[]): Uint8Array {
  return new Uint8Array(values.flatMap((value) => [...encodeFrame(value)]));
}

function* cut(bytes: Uint8Array, sizes: { next(): { value: number } }): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const size = sizes.next().value;
    yield bytes.slice(from, from + size);
    from += size;
  }
}

function encodeFrame(value: unknown, text?: string): Uint8Array {
  const buffer = new FrameBuffer();
  buffer.add(value, text);
  return buffer.take();
}

Deno.test("FrameBuffer and FrameDecoder carry a text beside an object as it is, line breaks and all", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 3_000, size: "max" }), fc.nat(), (text, at) => {
      const bytes = encodeFrame({ frame: "work" }, text.toWellFormed());
      const split = at % bytes.length;
      const decoder = new FrameDecoder<unknown>();
      const frames = [...decoder.push(bytes.subarray(0, split)), ...decoder.push(bytes.subarray(split))];
      assert.deepEqual(frames, [{ frame: "work", text: text.toWellFormed() }]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("FrameBuffer keeps what was taken until the next time, and nothing of a frame that is refused", () => {
  const buffer = new FrameBuffer();
  buffer.add("one");
  const one = buffer.take();
  buffer.add("two");
  assert.throws(() => buffer.add("\u20ac".repeat(MAX_FRAME_BYTES / 2)), { code: "too-large" });
  buffer.add("three");
  assert.deepEqual(new FrameDecoder().push(one), ["one"]);
  assert.deepEqual(new FrameDecoder().push(buffer.take()), ["two", "three"]);
  assert.ok(buffer.isEmpty);
});
