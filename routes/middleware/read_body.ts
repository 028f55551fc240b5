import type { Clock } from "../../runtime/mod.ts";
import { Refusal } from "../problem.ts";

export interface BodyBounds {
  readonly limitBytes: number;
  /** For the whole body to arrive. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/**
 * The body as bytes, counted while it comes in.
 * @throws {Refusal} 413 beyond the limit, 408 when it does not arrive in time, 415 when it is compressed, 400 when it breaks off
 */
export async function readBody(request: Request, bounds: BodyBounds): Promise<Uint8Array> {
  const { limitBytes, deadlineMs, clock } = bounds;
  refuseEncodings(request);
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (length > limitBytes) throw tooLarge(limitBytes);
  if (request.body === null) return new Uint8Array();
  // A body of known length needs no counting here: no more than that can arrive.
  const late = Promise.withResolvers<never>();
  const body = Number.isNaN(length) ? new CountedBody(request.body, limitBytes) : null;
  const cancel = clock.after(deadlineMs, () => {
    late.reject(
      new Refusal(408, `The body did not arrive within ${deadlineMs} ms`, { headers: { Connection: "close" } }),
    );
    body?.stop();
  });
  try {
    return await Promise.race([late.promise, body === null ? request.bytes() : body.read()]);
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    throw new Refusal(400, "The body broke off");
  } finally {
    cancel();
  }
}

export function refuseEncodings(request: Request): void {
  const encoding = request.headers.get("content-encoding");
  if (encoding === null || encoding.toLowerCase() === "identity") return;
  throw new Refusal(415, "Bodies are taken uncompressed only", { headers: { "Accept-Encoding": "identity" } });
}

export function tooLarge(limitBytes: number): Refusal {
  const detail = `The body is larger than the ${limitBytes} bytes that are allowed`;
  return new Refusal(413, detail, { headers: { Connection: "close" } });
}

class CountedBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #limitBytes: number;

  constructor(body: ReadableStream<Uint8Array>, limitBytes: number) {
    this.#reader = body.getReader();
    this.#limitBytes = limitBytes;
  }

  async read(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      sizeBytes += value.length;
      if (sizeBytes > this.#limitBytes) {
        this.stop();
        throw tooLarge(this.#limitBytes);
      }
      chunks.push(value);
    }
    const whole = new Uint8Array(sizeBytes);
    let filled = 0;
    for (const chunk of chunks) {
      whole.set(chunk, filled);
      filled += chunk.length;
    }
    return whole;
  }

  stop(): void {
    this.#reader.cancel().catch(() => {});
  }
}
