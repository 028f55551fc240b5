import assert from "node:assert/strict";
import { bodyParts } from "../../routes/body_parts.ts";

Deno.test("bodyParts() asks a connection for little at a time and gives every byte once", async () => {
  const sent = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
  const parts: Uint8Array[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const next = bodyParts(request.body!);
    for (let part = await next(); part !== null; part = await next()) parts.push(part);
    return new Response("read");
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const body = ReadableStream.from([sent.subarray(0, 16_384), sent.subarray(16_384, 100_000), sent.subarray(100_000)]);

  assert.deepEqual(await (await fetch(url, { method: "POST", body })).text(), "read");

  assert.deepEqual(await new Blob(parts as Uint8Array<ArrayBuffer>[]).bytes(), sent);
  assert.ok(parts.every(({ length }) => length <= 4 * 1024));
});

Deno.test("bodyParts() gives the parts of a body that is no stream of bytes as they are", async () => {
  const next = bodyParts(ReadableStream.from([new Uint8Array(9_000), new Uint8Array(3)]));

  assert.deepEqual([(await next())?.length, (await next())?.length, await next()], [9_000, 3, null]);
});
