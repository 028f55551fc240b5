import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setup } from "../support/test_system.ts";

const MEBIBYTE = 1024 * 1024;

/** `length` bytes that are different everywhere, in pieces of uneven size. */
function stream(length: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= length) return controller.close();
      const piece = Math.min(length - at, 100_003);
      controller.enqueue(Uint8Array.from({ length: piece }, (_, index) => byteAt(at + index)));
      at += piece;
    },
  });
}

function byteAt(index: number): number {
  return (index * 31 + (index >> 8)) % 251;
}

function rowsLeft(path: string): number[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return ["blobs", "blob_chunks"].map((table) =>
    Number(db.prepare(`select count(*) as rows from ${table}`).get()!["rows"])
  );
}

async function read(from: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(from as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

Deno.test("Blobs.stage() takes bytes of any length in, and Blobs.read() gives them back", async () => {
  await using node = await setup();
  const { blobs } = node.system;
  for (const length of [0, 1, 262_144, 262_145, 1_000_000]) {
    const { id, sizeBytes } = await blobs.stage("acme", stream(length), { limitBytes: MEBIBYTE });
    const bytes = await read((await blobs.read("acme", id))!);
    assert.deepEqual([sizeBytes, bytes.length], [length, length]);
    assert.ok(bytes.every((byte, index) => byte === byteAt(index)), `${length} bytes are the same`);
  }
});

Deno.test("Blobs.read() finds no blob of another tenant, none that was dropped, none that was never made (P13)", async () => {
  await using node = await setup();
  const { blobs } = node.system;
  const { id } = await blobs.stage("acme", stream(10), { limitBytes: 10 });
  assert.equal(await blobs.read("zen", id), null);
  await blobs.drop("zen", id);
  assert.notEqual(await blobs.read("acme", id), null);
  await blobs.drop("acme", id);
  assert.deepEqual([await blobs.read("acme", id), await blobs.read("acme", "none")], [null, null]);
});

Deno.test("Blobs.stage() refuses what is too large and leaves nothing of it (P21)", async () => {
  await using node = await setup();
  const { system } = node;
  await assert.rejects(system.blobs.stage("acme", stream(900_000), { limitBytes: 600_000 }), { code: "too-large" });
  assert.deepEqual(rowsLeft(node.path), [0, 0]);
  const ok = await system.blobs.stage("acme", stream(600_000), { limitBytes: 600_000 });
  assert.equal(ok.sizeBytes, 600_000);
});

Deno.test("Blobs.stage() leaves nothing of an upload that breaks off", async () => {
  await using node = await setup();
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(300_000)),
    pull: (controller) => controller.error(new Error("the client is gone")),
  });
  await assert.rejects(node.system.blobs.stage("acme", broken, { limitBytes: MEBIBYTE }), /gone/);
  assert.deepEqual(rowsLeft(node.path), [0, 0]);
});
