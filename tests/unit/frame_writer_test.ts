import assert from "node:assert/strict";
import { FrameDecoder, MAX_FRAME_BYTES } from "../../runtime/host/frames.ts";
import { FrameWriter } from "../../runtime/host/frame_writer.ts";

/** A socket that takes at most some bytes at a time, and only when it is let. */
class SlowSink {
  readonly #decoder = new FrameDecoder<unknown>();
  readonly #atOnce: number;
  readonly frames: unknown[] = [];
  writes = 0;
  fails = false;
  #let = Promise.withResolvers<void>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    await this.#let.promise;
    if (this.fails) throw new Deno.errors.BrokenPipe("gone");
    const taken = bytes.subarray(0, this.#atOnce);
    this.frames.push(...this.#decoder.push(taken));
    return taken.length;
  }

  async letThrough(): Promise<void> {
    this.#let.resolve();
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
  }
}

Deno.test("FrameWriter writes in order and gathers what comes while the sink is busy", async () => {
  const sink = new SlowSink(Infinity);
  const writer = new FrameWriter<number>(sink);
  for (let frame = 0; frame < 50; frame++) writer.write(frame);
  await sink.letThrough();
  assert.deepEqual(sink.frames, Array.from({ length: 50 }, (_, frame) => frame));
  assert.equal(sink.writes, 2);
});

Deno.test("FrameWriter goes on where a partial write ended", async () => {
  const sink = new SlowSink(3);
  const writer = new FrameWriter<string>(sink);
  for (const frame of ["one", "two", "three"]) writer.write(frame);
  await sink.letThrough();
  assert.deepEqual(sink.frames, ["one", "two", "three"]);
});

Deno.test("FrameWriter drops everything after the sink has failed", async () => {
  const sink = new SlowSink(Infinity);
  sink.fails = true;
  const writer = new FrameWriter<string>(sink);
  writer.write("one");
  await sink.letThrough();
  writer.write("two");
  await sink.letThrough();
  assert.deepEqual([sink.frames, sink.writes], [[], 1]);
});

Deno.test("FrameWriter.writeAll() divides what does not fit one frame and refuses what never fits", async () => {
  const sink = new SlowSink(Infinity);
  const writer = new FrameWriter<readonly string[]>(sink);
  const [large, tooLarge] = ["l".repeat(MAX_FRAME_BYTES / 2), "t".repeat(MAX_FRAME_BYTES)];
  const refused: number[] = [];
  writer.writeAll(["small", large, large, tooLarge, "last"], {
    frame: (items) => items,
    refuse: (item) => refused.push(item.length),
  });
  await sink.letThrough();
  assert.deepEqual((sink.frames as string[][]).flat().map(({ length }) => length), [5, large.length, large.length, 4]);
  assert.deepEqual(refused, [tooLarge.length]);
});
