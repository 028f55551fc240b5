import { Refusal } from "../problem.ts";
import type { Deadlines } from "./deadlines.ts";

export interface BodyBounds {
  readonly limitBytes: number;
  /** For the whole body to arrive. */
  readonly deadlines: Deadlines;
  /** Told how large it can be before any of it is read; may throw. */
  readonly claim: (bytes: number) => void;
}

/**
 * The body as bytes, counted while it comes in. A body that is refused is left unread, never cancelled: Deno 2.9 holds
 * the connection of a cancelled one for ever, and then its server cannot stop.
 * @throws whatever `claim` does; {Refusal} 413 beyond the limit, 408 when it does not arrive in time, 415 when it is compressed, 400 when it breaks off
 */
export async function readBody(request: Request, { limitBytes, deadlines, claim }: BodyBounds): Promise<Uint8Array> {
  refuseEncodings(request);
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (length > limitBytes) throw tooLarge(limitBytes);
  claim(Number.isNaN(length) ? limitBytes : length);
  const timer = { expired: false };
  // A body of known length needs no counting here: no more than that can arrive.
  const bytes = Number.isNaN(length) ? countedBytes(request, limitBytes, timer) : request.bytes();
  return await new Promise((resolve, reject) => {
    const met = deadlines.set(() => {
      timer.expired = true;
      const detail = `The body did not arrive within ${deadlines.afterMs} ms`;
      reject(new Refusal(408, detail, { headers: { Connection: "close" } }));
    });
    const arrived = (whole: Uint8Array) => {
      met();
      resolve(whole);
    };
    const failed = (thrown: unknown) => {
      met();
      reject(thrown instanceof Refusal ? thrown : new Refusal(400, "The body broke off"));
    };
    bytes.then(arrived, failed);
  });
}

/** Begins to read a body that nobody wants, for the reason that {@linkcode readBody} has not to cancel one. */
export function abandonBody(request: Request): void {
  if (request.bodyUsed || request.body === null || request.body.locked) return;
  request.body.getReader().read().catch(() => {});
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

async function countedBytes(
  { body }: Request,
  limitBytes: number,
  until: { readonly expired: boolean },
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || until.expired) break;
    sizeBytes += value.length;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    chunks.push(new Uint8Array(value));
  }
  return await new Blob(chunks).bytes();
}
