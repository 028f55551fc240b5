import type { Readable } from "node:stream";
import type { AnswerHead } from "./answer_head.ts";

/** An answer may be encoded although nobody asked for it; what we do not know stays as it is. */
export function decoded(
  body: AsyncIterable<Uint8Array>,
  { headers }: Pick<AnswerHead, "headers">,
): AsyncIterable<Uint8Array> {
  const coding = (headers.findLast(([name]) => name === "content-encoding")?.[1] ?? "").trim().toLowerCase();
  const bytes = () => ReadableStream.from(body as AsyncIterable<BufferSource>);
  if (coding === "gzip" || coding === "x-gzip") return bytes().pipeThrough(new DecompressionStream("gzip"));
  if (coding === "deflate") return bytes().pipeThrough(new DecompressionStream("deflate"));
  return coding === "br" ? unbrotli(body) : body;
}

/** The platform's streams have no such coding everywhere; few answers do, so it is loaded with the first of them. */
async function* unbrotli(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createBrotliDecompress } = await import("node:zlib");
  const decoder = createBrotliDecompress();
  // Whoever reads it hears of it there; unheard, it would end the process.
  decoder.on("error", () => {});
  const fed = (async () => {
    for await (const bytes of body) {
      if (!decoder.write(bytes)) await new Promise((resolve) => decoder.once("drain", resolve).once("close", resolve));
      if (decoder.destroyed) return;
    }
    decoder.end();
  })().catch((error) => void decoder.destroy(error));
  try {
    yield* decoder as Readable as AsyncIterable<Uint8Array>;
  } finally {
    decoder.destroy();
    await fed;
  }
}
